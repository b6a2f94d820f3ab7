using System.Runtime.InteropServices;
using System.Text;

namespace Gesso.Cli.Rendering;

/// <summary>
/// The two questions .NET's console cannot ask on Unix: how many pixels the window has (TIOCGWINSZ) and what DA1 answers, read without echo and
/// with the line discipline's own timeout (termios VTIME, in tenths of a second). Everything that fails means "unknown".
/// </summary>
internal static class UnixTerminal
{
    private const int TermiosBytes = 256; // more than any libc's struct termios (60 on glibc, 72 on macOS)
    private const int SetNow = 0; // TCSANOW

    /// <summary>Window size with pixels; null where it cannot be told. Linux only: ioctl is variadic, which P/Invoke cannot call on Apple silicon.</summary>
    public static TerminalSize? WindowSize()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        const nuint getWindowSize = 0x5413; // TIOCGWINSZ, asm-generic
        try
        {
            using FileStream tty = Open();
            byte[] answer = new byte[8];
            if (Native.Ioctl(Descriptor(tty), getWindowSize, answer) != 0)
                return null;
            int Field(int index) => BitConverter.ToUInt16(answer, index * 2); // struct winsize: rows, columns, width, height
            return Field(1) > 0 && Field(0) > 0 ? new TerminalSize(Field(1), Field(0), Field(2), Field(3)) : null;
        }
        catch (Exception e) when (IsNoTerminal(e))
        {
            return null;
        }
    }

    /// <summary>Asks DA1 and waits at most 100 ms for each part of the answer.</summary>
    public static DeviceAttributes? QueryDeviceAttributes()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return null;
        try
        {
            using FileStream tty = Open();
            int descriptor = Descriptor(tty);
            byte[] saved = new byte[TermiosBytes];
            if (Native.GetAttributes(descriptor, saved) != 0)
                return null;
            byte[] raw = (byte[])saved.Clone();
            MakeRaw(raw);
            if (Native.SetAttributes(descriptor, SetNow, raw) != 0)
                return null;
            try
            {
                tty.Write(Encoding.ASCII.GetBytes(DeviceAttributes.Query));
                return ReadAnswer(tty);
            }
            finally
            {
                _ = Native.SetAttributes(descriptor, SetNow, saved);
            }
        }
        catch (Exception e) when (IsNoTerminal(e))
        {
            return null;
        }
    }

    private static DeviceAttributes? ReadAnswer(FileStream tty)
    {
        const int longestAnswer = 256;
        var text = new StringBuilder();
        byte[] part = new byte[64];
        while (text.Length < longestAnswer)
        {
            int count = tty.Read(part);
            if (count <= 0)
                return null;
            text.Append(Encoding.ASCII.GetString(part, 0, count));
            if (DeviceAttributes.Parse(text.ToString()) is { } attributes)
                return attributes;
        }
        return null;
    }

    /// <summary>No line editing, no echo, a read returns after 100 ms with what is there. Offsets and bits: glibc and Darwin &lt;termios.h&gt;.</summary>
    private static void MakeRaw(Span<byte> termios)
    {
        bool mac = OperatingSystem.IsMacOS();
        int localFlags = mac ? 24 : 12; // c_lflag after three flags of 8 or 4 bytes
        int controls = mac ? 32 : 17; // c_cc; glibc has c_line before it
        byte echo = 8;
        int canonical = mac ? 0x100 : 2;
        int timeIndex = mac ? 17 : 5;
        int minimumIndex = mac ? 16 : 6;
        uint flags = BitConverter.ToUInt32(termios[localFlags..]);
        BitConverter.TryWriteBytes(termios[localFlags..], flags & ~(uint)(echo | canonical));
        termios[controls + timeIndex] = 1;
        termios[controls + minimumIndex] = 0;
    }

    private static FileStream Open() => new("/dev/tty", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);

    private static int Descriptor(FileStream tty) => (int)tty.SafeFileHandle.DangerousGetHandle();

    private static bool IsNoTerminal(Exception e) =>
        e is IOException or UnauthorizedAccessException or NotSupportedException or DllNotFoundException or EntryPointNotFoundException;

    private static class Native
    {
        [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Ioctl(int descriptor, nuint request, byte[] answer);

        [DllImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int GetAttributes(int descriptor, byte[] termios);

        [DllImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int SetAttributes(int descriptor, int when, byte[] termios);
    }
}
