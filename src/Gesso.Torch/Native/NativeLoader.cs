using System.Runtime.InteropServices;

namespace Gesso.Torch.Native;

/// <summary>Loads one native library for the life of the process and returns the loader's own words when it refuses.</summary>
internal static partial class NativeLoader
{
    private const int Lazy = 1;
    private const int Now = 2;

    /// <param name="path">A full path, or a bare name for the system's search.</param>
    /// <param name="bindNow">
    /// Resolve every symbol at once, so that a libtorch of another version is refused here; bound lazily it would abort the process at the first call.
    /// </param>
    /// <returns>Null when loaded, else why not.</returns>
    public static string? Load(string path, bool bindNow = false)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = DlError();
            return DlOpen(path, bindNow ? Now : Lazy) != 0 ? null : Marshal.PtrToStringUTF8(DlError()) ?? "the loader gave no reason";
        }
        try
        {
            NativeLibrary.Load(path);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return e.Message;
        }
    }

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint DlOpen(string path, int mode);

    [LibraryImport("libc", EntryPoint = "dlerror")]
    private static partial nint DlError();
}
