using System.Runtime.InteropServices;

namespace Gesso.Storage.Assets;

/// <summary>Makes names durable: on Linux a new name in a folder is on disk once the folder is flushed like a file. Windows flushes names itself.</summary>
internal static partial class DurableFolder
{
    private const int ReadOnly = 0;

    /// <summary>Makes a folder below one that exists, with names that survive a power cut.</summary>
    public static void Create(string root, string folder)
    {
        if (Directory.Exists(folder))
            return;
        Directory.CreateDirectory(folder);
        for (string? parent = Path.GetDirectoryName(folder); parent is not null && parent.Length >= root.Length; parent = Path.GetDirectoryName(parent))
            Flush(parent);
    }

    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return;
        int handle = Open(folder, ReadOnly);
        if (handle < 0)
            throw Failed(folder);
        try
        {
            if (FSync(handle) != 0)
                throw Failed(folder);
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private static IOException Failed(string folder) => new($"{folder}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
