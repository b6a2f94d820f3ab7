using Microsoft.Win32.SafeHandles;

namespace Gesso.Formats;

/// <summary>
/// A tensor file in the making: written under a temporary name in the folder of its destination, moved over it in one step when complete, removed otherwise.
/// So a reader sees the old file or the new one, and a failed write leaves the old one untouched.
/// </summary>
internal sealed class PendingFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, (StoredTensor Tensor, long Written)> _progress;
    private bool _committed;

    /// <param name="path">The destination.</param>
    /// <param name="header">The bytes before the data.</param>
    /// <param name="tensors">Every tensor with its place.</param>
    /// <param name="totalBytes">Length of the finished file.</param>
    public PendingFile(string path, ReadOnlySpan<byte> header, IEnumerable<StoredTensor> tensors, long totalBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
        _progress = tensors.ToDictionary(tensor => tensor.Name, tensor => (tensor, 0L), StringComparer.Ordinal);
        (_handle, _temporary) = Create(_path, totalBytes);
        try
        {
            WriteAt(header, 0);

            // Padding after the last tensor is never written; this gives it its zeros.
            if (RandomAccess.GetLength(_handle) < totalBytes)
                RandomAccess.SetLength(_handle, totalBytes);
        }
        catch (Exception error)
        {
            Dispose();
            // a length that the file system or a limit of the process does not allow is an argument error to .NET
            if (error is IOException or ArgumentOutOfRangeException)
                throw Failed(error);
            throw;
        }
    }

    /// <summary>The next bytes of a tensor; tensors may be written in any order and in pieces.</summary>
    public void Append(string name, ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (!_progress.TryGetValue(name, out var entry))
            throw new TensorFileException(TensorFileCodes.UnknownTensor, $"{TensorFileException.Quote(name)} was not declared when {_path} was begun.");
        var (tensor, written) = entry;
        if (bytes.Length > tensor.ByteLength - written)
        {
            throw new TensorFileException(
                TensorFileCodes.BadCount, $"{tensor} has {tensor.ByteLength} bytes; {written} are written and {bytes.Length} more came.");
        }

        try
        {
            WriteAt(bytes, tensor.Offset + written);
        }
        catch (IOException error)
        {
            throw Failed(error);
        }

        _progress[name] = (tensor, written + bytes.Length);
    }

    /// <summary>Flushes to the disk and moves the file to its destination.</summary>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        foreach (var (tensor, written) in _progress.Values)
        {
            if (written != tensor.ByteLength)
            {
                throw new TensorFileException(
                    TensorFileCodes.BadCount,
                    $"{tensor} has {tensor.ByteLength} bytes; only {written} were written, so {_path} is not saved.");
            }
        }

        try
        {
            RandomAccess.FlushToDisk(_handle);
            _handle.Dispose();
            File.Move(_temporary, _path, overwrite: true);
            _committed = true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed(error);
        }
    }

    public void Dispose()
    {
        _handle.Dispose();
        if (_committed)
            return;
        try
        {
            File.Delete(_temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to report; a leftover ends in .tmp and says by its name whose it is.
        }
    }

    private static (SafeFileHandle Handle, string Path) Create(string path, long totalBytes)
    {
        var folder = Path.GetDirectoryName(path);
        if (folder is null || Directory.Exists(path))
            throw TensorFileException.In(path, TensorFileCodes.IsDirectory, "this is a directory; give the path of a file to write.");
        if (!Directory.Exists(folder))
            throw TensorFileException.In(path, TensorFileCodes.FileNotFound, "its folder does not exist. Create it first.");
        for (var attempt = 0; ; attempt++)
        {
            var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}-{attempt}.tmp");
            try
            {
                // Reserving the space finds a full disk now instead of after an hour of training.
                return (File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, preallocationSize: totalBytes), temporary);
            }
            catch (IOException) when (File.Exists(temporary) && attempt < 1000)
            {
                // Another writer of this process is on the same destination; or an old process of this number left it.
            }
            catch (IOException error)
            {
                throw Failed(path, error);
            }
            catch (UnauthorizedAccessException error)
            {
                throw TensorFileException.In(path, TensorFileCodes.AccessDenied, "this user may not write into its folder. Grant write permission.", error);
            }
        }
    }

    private void WriteAt(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(_handle, bytes, offset);

    private TensorFileException Failed(Exception error) => Failed(_path, error);

    // Nothing is wrong with the request: the machine lacks something.
    private static TensorFileException Failed(string path, Exception error) => TensorFileException.WriteFailed(
        $"{path}: writing failed ({error.Message}). Check the free space and the permissions; the former file, if any, is untouched.", error);
}
