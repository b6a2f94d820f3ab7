using System.Globalization;

namespace Gesso.Cli.Rendering;

/// <summary>
/// A terminal's answer to the primary device attributes request (DA1, <c>CSI c</c>): <c>CSI ? level ; feature ; … c</c>
/// (xterm control sequences, "Send Device Attributes"; VT510 manual). Feature 4 is Sixel.
/// </summary>
internal sealed record DeviceAttributes(IReadOnlyList<int> Features)
{
    private const int SixelGraphics = 4;

    /// <summary>The request to write.</summary>
    public const string Query = "\e[c";

    public bool Sixel => Features.Contains(SixelGraphics);

    /// <summary>Finds the answer among whatever else was read (typed keys, other answers); null: there is none.</summary>
    public static DeviceAttributes? Parse(string text)
    {
        for (int start = text.IndexOf('?', StringComparison.Ordinal); start >= 0; start = text.IndexOf('?', start + 1))
        {
            int end = start + 1;
            while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == ';'))
                end++;
            if (end == text.Length || text[end] != 'c' || end == start + 1)
                continue;
            // The first number is the level the terminal conforms to (62 = VT220), not a feature.
            int[] numbers = [.. text[(start + 1)..end].Split(';').Select(Number)];
            return new DeviceAttributes(numbers[1..]);
        }
        return null;
    }

    private static int Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;
}
