using Gesso.Contracts.Errors;

namespace Gesso.Diffusion.Imaging;

/// <summary>Writes a file whole or not at all: bytes go to a hidden file in the same folder, which takes the final name when it is complete.</summary>
public static class AtomicFile
{
    /// <exception cref="GessoException">Unavailable: <c>disk_full</c>, <c>folder_missing</c>, <c>not_writable</c>; no half file stays behind.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? ".";
        string partial = Path.Combine(folder, $".{Path.GetFileName(full)}.{Environment.ProcessId}.part");
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            File.Move(partial, full, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            try
            {
                File.Delete(partial);
            }
            catch (Exception inner) when (inner is IOException or UnauthorizedAccessException)
            {
                // the folder refused the file to begin with, so there is nothing to remove
            }
            throw Explain(full, folder, bytes.Length, e);
        }
    }

    /// <summary>Fails early when a result could not be saved, before minutes are spent on making it.</summary>
    public static void RequireWritable(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw GessoException.Invalid("bad_output", $"{path} is a folder; expected the name of a PNG file.");
        string folder = Path.GetDirectoryName(full) ?? ".";
        string probe = Path.Combine(folder, $".gesso.{Environment.ProcessId}.part");
        try
        {
            using var stream = new FileStream(probe, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(full, folder, 0, e);
        }
    }

    private static GessoException Explain(string path, string folder, int bytes, Exception e) => e switch
    {
        DirectoryNotFoundException => GessoException.Unavailable("folder_missing", $"The folder {folder} does not exist: create it, or choose another place with --out.", e),
        _ when e is UnauthorizedAccessException || (e.HResult & 0xFFFF) == 30 => GessoException.Unavailable("not_writable", $"{folder} cannot be written to (no permission, or a read-only file system): choose another place with --out.", e),
        _ when (e.HResult & 0xFFFF) is 28 or 112 or 39 => GessoException.Unavailable("disk_full",
            $"The disk of {folder} is full: {path} ({bytes} bytes) was not saved. Free some space, or choose another place with --out.", e),
        _ => GessoException.Unavailable("not_writable", $"{path} could not be written: {e.Message} Choose another place with --out.", e),
    };
}
