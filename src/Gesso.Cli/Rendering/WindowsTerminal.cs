using System.Runtime.InteropServices;

namespace Gesso.Cli.Rendering;

/// <summary>Windows interprets control codes only in a console whose output mode says so (ENABLE_VIRTUAL_TERMINAL_PROCESSING).</summary>
internal static class WindowsTerminal
{
    private const uint VirtualTerminalProcessing = 4;

    /// <summary>True: control codes work on this stream from now on.</summary>
    public static bool EnableControlCodes(ConsoleStream stream)
    {
        nint handle = Native.GetStdHandle(stream == ConsoleStream.Output ? -11 : -12);
        return Native.GetConsoleMode(handle, out uint mode)
            && ((mode & VirtualTerminalProcessing) != 0 || Native.SetConsoleMode(handle, mode | VirtualTerminalProcessing));
    }

    private static class Native
    {
        [DllImport("kernel32.dll")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        public static extern nint GetStdHandle(int which);

        [DllImport("kernel32.dll")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool GetConsoleMode(nint handle, out uint mode);

        [DllImport("kernel32.dll")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool SetConsoleMode(nint handle, uint mode);
    }
}
