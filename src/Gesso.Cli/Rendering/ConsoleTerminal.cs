using System.Collections;

namespace Gesso.Cli.Rendering;

/// <summary>Which of the two output streams a capability record is about.</summary>
internal enum ConsoleStream
{
    Output,
    Error,
}

/// <summary>Fills <see cref="TerminalCapabilities"/> from the real console; the only place of this folder that touches it.</summary>
internal static class ConsoleTerminal
{
    /// <param name="stream">Where the text will be written; progress goes to the error stream so that the output can be piped.</param>
    /// <param name="preview">The user's choice, see <see cref="PreviewOption.Parse"/>.</param>
    public static TerminalCapabilities Detect(ConsoleStream stream, PreviewProtocol? preview = null)
    {
        bool redirected = stream == ConsoleStream.Output ? Console.IsOutputRedirected : Console.IsErrorRedirected;
        if (!redirected && OperatingSystem.IsWindows() && !WindowsTerminal.EnableControlCodes(stream))
            redirected = true;
        Dictionary<string, string> environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
        TerminalSize? window = redirected ? null : WindowSize();
        TerminalCapabilities capabilities = TerminalCapabilities.Detect(environment, redirected, window, preview);

        // Only a terminal that would get blocks is asked, and only where the answer can be read.
        bool ask = preview is null && capabilities is { IsInteractive: true, Preview: PreviewProtocol.Blocks } && !Console.IsInputRedirected;
        return ask && UnixTerminal.QueryDeviceAttributes() is { } attributes
            ? TerminalCapabilities.Detect(environment, redirected, window, preview, attributes)
            : capabilities;
    }

    private static TerminalSize? WindowSize()
    {
        if (UnixTerminal.WindowSize() is { } size)
            return size;
        try
        {
            return new TerminalSize(Console.WindowWidth, Console.WindowHeight);
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException)
        {
            return null;
        }
    }
}
