using System.Globalization;
using System.Text;

namespace Gesso.Cli.Rendering;

/// <summary>
/// How many terminal cells a text takes. East Asian wide characters and emoji take two, combining marks none (Unicode TR 11, by ranges: the exact table is
/// larger than the gain, and terminals differ in the rest).
/// </summary>
internal static class TextCells
{
    private static readonly (int First, int Last)[] s_wide =
    [
        (0x1100, 0x115F), (0x2E80, 0x303E), (0x3041, 0x33FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA4CF), (0xA960, 0xA97F), (0xAC00, 0xD7A3),
        (0xF900, 0xFAFF), (0xFE30, 0xFE6F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1FAFF), (0x20000, 0x3FFFD),
    ];

    public static int Width(string text)
    {
        int width = 0;
        foreach (Rune rune in text.EnumerateRunes())
            width += Width(rune);
        return width;
    }

    /// <summary>Cuts at the end, with an ellipsis in the last cell; a text that fits is returned as it is.</summary>
    public static string Truncate(string text, int width, bool unicode = true)
    {
        if (width <= 0)
            return "";
        if (Width(text) <= width)
            return text;
        var kept = new StringBuilder();
        int used = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (used + Width(rune) > width - 1)
                break;
            used += Width(rune);
            kept.Append(rune.ToString());
        }
        return kept.Append(unicode ? '…' : '~').ToString();
    }

    /// <summary>One line without control characters: names that came over the network must not steer the terminal.</summary>
    public static string OneLine(string text)
    {
        if (!text.Any(Steers))
            return text;
        return string.Concat(text.Select(c => Steers(c) ? ' ' : c));
    }

    /// <summary>Control characters, and the format characters that reverse the direction of what follows.</summary>
    private static bool Steers(char c) => char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private static int Width(Rune rune)
    {
        if (rune.Value < 0x300)
            return 1;
        if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format)
            return 0;
        foreach ((int first, int last) in s_wide)
        {
            if (rune.Value >= first && rune.Value <= last)
                return 2;
        }
        return 1;
    }
}
