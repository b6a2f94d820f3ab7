using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gesso.Contracts.Errors;
using Gesso.Platform.Assets;

namespace Gesso.Storage.Assets;

/// <summary>
/// Files by content in a folder: <c>ab/cd/abcd…</c>. A file is written beside its place, flushed, renamed and its folder flushed, so that a place holds nothing or
/// everything, also after a power cut.
/// </summary>
public sealed class FolderAssetStore : IAssetStore
{
    private const string Temporary = ".part";

    private readonly string _root;
    private readonly TimeProvider _time;

    public FolderAssetStore(string root, TimeProvider time)
    {
        _root = Path.GetFullPath(root);
        _time = time;
        Guard(() => Directory.CreateDirectory(_root));
    }

    public Task<AssetKey> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation = default) => Task.Run(
        () => Guard(() =>
        {
            var key = AssetKey.Of(content.Span);
            string path = PathOf(key);
            if (File.Exists(path))
            {
                File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
                return key;
            }
            string folder = Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(folder);
            string part = Path.Combine(_root, $"{Path.GetRandomFileName()}{Temporary}");
            try
            {
                using (var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
                {
                    file.Write(content.Span);
                    file.Flush(flushToDisk: true);
                }
                File.SetLastWriteTimeUtc(part, _time.GetUtcNow().UtcDateTime);
                File.Move(part, path, overwrite: true);
                DirectoryFlush.Flush(folder);
            }
            catch
            {
                File.Delete(part);
                throw;
            }
            return key;
        }),
        cancellation);

    public async Task<byte[]?> ReadAsync(AssetKey key, CancellationToken cancellation = default)
    {
        string path = PathOf(key);
        byte[] content;
        try
        {
            content = await File.ReadAllBytesAsync(path, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Unavailable("storage_unavailable", $"{path} cannot be read: {e.Message}", e);
        }
        return AssetKey.Of(content) == key
            ? content
            : throw GessoException.Unavailable("asset_damaged", $"{path} is damaged: its content does not match its name. Restore it from a backup, or delete it and draw again.");
    }

    public Task<bool> DeleteAsync(AssetKey key, CancellationToken cancellation = default) => Task.Run(
        () => Guard(() =>
        {
            string path = PathOf(key);
            if (!File.Exists(path))
                return false;
            File.Delete(path);
            return true;
        }),
        cancellation);

    public async IAsyncEnumerable<StoredAsset> ListAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await Task.Yield();
        foreach (var file in new DirectoryInfo(_root).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            cancellation.ThrowIfCancellationRequested();
            if (AssetKey.TryParse(file.Name, out var key))
                yield return new StoredAsset(key, file.Length, file.LastWriteTimeUtc);
        }
    }

    public Task<int> SweepAsync(TimeSpan age, CancellationToken cancellation = default) => Task.Run(
        () => Guard(() =>
        {
            var latest = (_time.GetUtcNow() - age).UtcDateTime;
            int swept = 0;
            foreach (var file in new DirectoryInfo(_root).EnumerateFiles($"*{Temporary}").Where(f => f.LastWriteTimeUtc <= latest))
            {
                file.Delete();
                swept++;
            }
            return swept;
        }),
        cancellation);

    private string PathOf(AssetKey key) => Path.Combine(_root, key.Sha256[..2], key.Sha256[2..4], key.Sha256);

    private T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (IOException e) when (DiskFull.Is(e))
        {
            throw GessoException.Unavailable("storage_full", $"The disk with {_root} is full: nothing was stored. Make room; no restart is needed.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Unavailable("storage_unavailable", $"{_root} cannot be written: {e.Message}", e);
        }
    }
}

/// <summary>Tells a full disk or a used-up quota from other errors.</summary>
internal static class DiskFull
{
    private const int NoSpace = 28, QuotaLinux = 122, WindowsDiskFull = unchecked((int)0x80070070);

    public static bool Is(IOException e) => e.HResult is NoSpace or QuotaLinux or WindowsDiskFull || e.Message.Contains("No space left", StringComparison.Ordinal);
}

/// <summary>Makes a rename durable: on Linux a folder is flushed like a file.</summary>
internal static partial class DirectoryFlush
{
    private const int ReadOnly = 0;

    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return;
        int handle = Open(folder, ReadOnly);
        if (handle < 0)
            return;
        _ = FSync(handle);
        _ = Close(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FSync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
