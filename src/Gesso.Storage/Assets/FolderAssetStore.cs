using System.Runtime.CompilerServices;
using Gesso.Contracts.Errors;
using Gesso.Platform.Assets;

namespace Gesso.Storage.Assets;

/// <summary>
/// Files by content in a folder. A file is written beside its place, flushed, renamed and its folder flushed, so that a place holds nothing or everything, also
/// after a power cut.
/// </summary>
public sealed class FolderAssetStore : IAssetStore
{
    private const string Temporary = ".part";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _root;
    private readonly TimeProvider _time;

    /// <param name="root">Made if there is none.</param>
    /// <param name="time">For the age of files.</param>
    public FolderAssetStore(string root, TimeProvider time)
    {
        _root = Path.GetFullPath(root);
        _time = time;
        _ = Guard(() => Directory.CreateDirectory(_root));
    }

    public Task<AssetKey> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation = default) =>
        Task.Run(() => Guard(() => Put(content.Span)), cancellation);

    /// <summary>On the caller's thread: mostly the file was written a moment ago and is in memory, and another thread would cost more than the read.</summary>
    public async Task<byte[]?> ReadAsync(AssetKey key, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        await ValueTask.CompletedTask;                                                      // failures come with the task
        string path = PathOf(key);
        byte[]? content = Guard(() => ReadIfThere(path));
        return content is null || AssetKey.Of(content) == key ? content : throw AssetErrors.Damaged(path);
    }

    public Task<bool> DeleteAsync(AssetKey key, DateTimeOffset? unlessPutAfter = null, CancellationToken cancellation = default) =>
        Task.Run(() => Guard(() => Delete(PathOf(key), unlessPutAfter?.UtcDateTime)), cancellation);

    public async IAsyncEnumerable<StoredAsset> ListAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await Task.Yield();                                                                 // the caller's thread does not walk the folder
        foreach (string path in Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories))
        {
            cancellation.ThrowIfCancellationRequested();
            if (AssetLayout.TryParse(path, out var key) && Guard(() => Look(key, path)) is { } asset)
                yield return asset;
        }
    }

    public Task<int> SweepAsync(TimeSpan age, CancellationToken cancellation = default) => Task.Run(
        () => Guard(() =>
        {
            var latest = (_time.GetUtcNow() - age).UtcDateTime;
            var old = new DirectoryInfo(_root).EnumerateFiles($"*{Temporary}").Where(f => f.LastWriteTimeUtc <= latest).ToList();
            old.ForEach(f => f.Delete());
            return old.Count;
        }),
        cancellation);

    private AssetKey Put(ReadOnlySpan<byte> content)
    {
        var key = AssetKey.Of(content);
        string path = PathOf(key), folder = Path.GetDirectoryName(path)!;
        if (TryRenew(path, key))
        {
            DurableFolder.Flush(folder);                                                    // its first put may not have come so far
            return key;
        }
        DurableFolder.Create(_root, folder);
        string part = NewPart();
        try
        {
            Write(part, content);
            File.Move(part, path, overwrite: true);
            DurableFolder.Flush(folder);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
        return key;
    }

    /// <summary>
    /// Moves the file away, looks at its time and moves it back if it was put again: a put that comes first is seen, one that comes later finds nothing and writes.
    /// </summary>
    private bool Delete(string path, DateTime? unlessPutAfter)
    {
        string part = NewPart();
        try
        {
            File.Move(path, part);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        bool stays = File.GetLastWriteTimeUtc(part) > unlessPutAfter;
        if (stays)
            File.Move(part, path, overwrite: true);
        else
            File.Delete(part);
        return !stays;
    }

    /// <summary>Touches the file if it is there and whole; a damaged one is to be written again.</summary>
    private bool TryRenew(string path, AssetKey key)
    {
        if (ReadIfThere(path) is not { } there || AssetKey.Of(there) != key)
            return false;
        try
        {
            File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;                                                                   // collected since
        }
    }

    private void Write(string part, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using (var file = new FileStream(part, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.SetLastWriteTimeUtc(part, _time.GetUtcNow().UtcDateTime);
    }

    private static byte[]? ReadIfThere(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static StoredAsset? Look(AssetKey key, string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new StoredAsset(key, file.Length, file.LastWriteTimeUtc) : null;
    }

    private string NewPart() => Path.Combine(_root, Path.GetRandomFileName() + Temporary);

    private string PathOf(AssetKey key) => Path.Combine(_root, AssetLayout.PathOf(key));

    private T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (IOException e) when (AssetErrors.IsDiskFull(e))
        {
            throw GessoException.Unavailable("storage_full", $"The disk with {_root} is full: nothing was stored. Make room; no restart is needed.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Unavailable("storage_unavailable", $"{_root} cannot be used: {e.Message}", e);
        }
    }
}
