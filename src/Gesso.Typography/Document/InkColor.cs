using System.Globalization;
using Gesso.Contracts.Images;

namespace Gesso.Typography.Document;

/// <summary>An sRGB colour with straight alpha, written <c>#rrggbb</c> or <c>#rrggbbaa</c>.</summary>
public readonly record struct InkColor(byte Red, byte Green, byte Blue, byte Alpha = 255)
{
    // the inverse of sRGB's transfer curve
    private static readonly double[] s_linear = [.. Enumerable.Range(0, 256).Select(i => LinearLight.Decode(i / 255.0))];

    public static InkColor Black { get; } = new(0, 0, 0);

    public static InkColor White { get; } = new(255, 255, 255);

    /// <summary>Relative luminance by WCAG 2, 0 … 1; alpha is not looked at.</summary>
    public double Luminance => 0.2126 * Linear(Red) + 0.7152 * Linear(Green) + 0.0722 * Linear(Blue);

    public static bool TryParse(string text, out InkColor color)
    {
        color = default;
        if (text.Length is not (7 or 9) || text[0] != '#' || !uint.TryParse(text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value))
            return false;
        if (text.Length == 7)
            value = value << 8 | 255;
        color = new InkColor((byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value);
        return true;
    }

    /// <summary>WCAG 2 contrast of two luminances, 1 … 21.</summary>
    public static double Contrast(double a, double b) => (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);

    public override string ToString() => Alpha == 255 ? $"#{Red:x2}{Green:x2}{Blue:x2}" : $"#{Red:x2}{Green:x2}{Blue:x2}{Alpha:x2}";

    internal static double Linear(byte value) => s_linear[value];
}
