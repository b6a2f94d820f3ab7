namespace Gesso.Cli.Rendering;

/// <summary>The few terminal control codes used here (ECMA-48; DEC save/restore; synchronized output, mode 2026).</summary>
internal static class ControlCodes
{
    public const string EraseToEndOfLine = "\e[K";
    public const string EraseToEndOfScreen = "\e[J";
    public const string ResetColors = "\e[0m";
    public const string SaveCursor = "\e7";
    public const string RestoreCursor = "\e8";

    /// <summary>The terminal collects what follows and shows it at once; terminals that do not know the mode ignore it.</summary>
    public const string BeginFrame = "\e[?2026h";
    public const string EndFrame = "\e[?2026l";

    public static string Up(int rows) => rows > 0 ? $"\e[{rows}A" : "";

    public static string Down(int rows) => rows > 0 ? $"\e[{rows}B" : "";
}
