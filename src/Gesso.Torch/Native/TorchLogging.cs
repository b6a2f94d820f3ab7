using System.Runtime.InteropServices;

namespace Gesso.Torch.Native;

/// <summary>What libtorch writes to the error stream by itself.</summary>
internal static class TorchLogging
{
    private const string Level = "TORCH_CPP_LOG_LEVEL";
    private const string InitLogging = "_ZN3c1011initLoggingEv";

    private delegate void Procedure();

    /// <summary>
    /// Only errors: on processors that NNPACK does not know, libtorch warns of it at every convolution, and then uses another kernel as it should. The level is in an
    /// environment variable that the library reads when c10::initLogging is called, which Python's torch does and a program must do itself; a level that the user
    /// has set stays.
    /// </summary>
    /// <param name="library">The path of a loaded libc10.</param>
    /// <returns>Whether it was done; where it cannot be, nothing but the quiet is lost.</returns>
    public static bool KeepToErrors(string library)
    {
        if (!OperatingSystem.IsLinux() || !NativeVariable.SetIfAbsent(Level, "ERROR") || !NativeLibrary.TryLoad(library, out nint c10))
            return false;
        if (!NativeLibrary.TryGetExport(c10, InitLogging, out nint address))
            return false;
        Marshal.GetDelegateForFunctionPointer<Procedure>(address)();
        return true;
    }
}
