using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Gesso.Formats;

/// <summary>
/// A whole file as read-only memory: mapped, or bytes that are in memory already. The length of a mapped file is the one at opening; bytes appended later
/// are not seen.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly IDisposable _owner;
    private byte* _start;

    private MappedFile(string path, byte* start, long length, IDisposable owner)
    {
        Path = path;
        Length = length;
        _start = start;
        _owner = owner;
    }

    public string Path { get; }

    public long Length { get; }

    public static MappedFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            // Asked before opening, because opening a named pipe waits for its writer; the length of pipes and devices is 0.
            var info = new FileInfo(path);
            if (Directory.Exists(path))
                throw TensorFileException.In(path, TensorFileCodes.IsDirectory, $"this is a directory; expected a model file.{Suggestion(path)}");
            if (!info.Exists)
                throw TensorFileException.In(path, TensorFileCodes.FileNotFound, "there is no such file. Check the path, or install the model first.");
            if (info.Length == 0)
            {
                throw TensorFileException.In(
                    path,
                    TensorFileCodes.EmptyFile,
                    "the file is empty (0 bytes), as after a download that failed. Download it again.");
            }

            return Map(path);
        }
        catch (UnauthorizedAccessException error)
        {
            throw TensorFileException.In(path, TensorFileCodes.AccessDenied, "this user may not read the file. Grant read permission.", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw TensorFileException.In(path, TensorFileCodes.FileNotFound, "there is no such file. Check the path, or install the model first.", error);
        }
        catch (Exception error) when (error is IOException or ArgumentException or NotSupportedException)
        {
            throw TensorFileException.In(path, TensorFileCodes.ReadFailed, $"the file cannot be mapped into memory: {error.Message}", error);
        }
    }

    /// <summary>A file that was never on a disk. The bytes are pinned until Dispose and must not be changed.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What to call it in messages.</param>
    public static MappedFile InMemory(ReadOnlyMemory<byte> bytes, string name)
    {
        if (bytes.IsEmpty)
            throw TensorFileException.In(name, TensorFileCodes.EmptyFile, "there are no bytes (0).");
        var pinned = bytes.Pin();
        return new MappedFile(name, (byte*)pinned.Pointer, bytes.Length, pinned);
    }

    /// <summary>A view of <paramref name="count"/> bytes from <paramref name="offset"/>; the caller has checked its own bounds, this guards the map.</summary>
    public ReadOnlySpan<byte> Bytes(long offset, int count)
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        if (offset < 0 || count < 0 || offset > Length - count)
        {
            throw TensorFileException.In(
                Path,
                TensorFileCodes.OutOfRange,
                $"bytes {offset} to {(Int128)offset + count} are not inside the file of {Length} bytes.");
        }

        return new ReadOnlySpan<byte>(_start + offset, count);
    }

    /// <summary>The first bytes, at most <paramref name="count"/>.</summary>
    public ReadOnlySpan<byte> Head(int count) => Bytes(0, (int)Math.Min(count, Length));

    public void Dispose()
    {
        if (_start == null)
            return;
        _start = null;
        _owner.Dispose();
    }

    private static MappedFile Map(string path)
    {
        SafeFileHandle? handle = null;
        MemoryMappedFile? map = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            // Delete is shared so that another process may rename a new version over this one on Windows too.
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var length = RandomAccess.GetLength(handle);
            map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);

            // A reference is held until Dispose: a file that is forgotten leaks its map, it never unmaps under a span still in use.
            byte* pointer = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            return new MappedFile(path, pointer + view.PointerOffset, length, new View(map, view));
        }
        catch
        {
            view?.Dispose();
            map?.Dispose();
            handle?.Dispose();
            throw;
        }
    }

    private static string Suggestion(string directory)
    {
        try
        {
            var names = Directory.EnumerateFiles(directory)
                .Select(System.IO.Path.GetFileName)
                .Where(name => name is not null && (name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
                    || name.EndsWith(".safetensors.index.json", StringComparison.OrdinalIgnoreCase)
                    || name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)))
                .Order(StringComparer.Ordinal)
                .Take(4)
                .ToList();
            return names.Count == 0
                ? " It holds no .safetensors or .gguf file."
                : $" It holds {string.Join(", ", names)}: give one of these.";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private sealed record View(MemoryMappedFile Map, MemoryMappedViewAccessor Accessor) : IDisposable
    {
        public void Dispose()
        {
            Accessor.SafeMemoryMappedViewHandle.ReleasePointer();
            Accessor.Dispose();
            Map.Dispose();
        }
    }
}
