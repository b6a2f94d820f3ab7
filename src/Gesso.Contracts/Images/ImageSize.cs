using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Gesso.Contracts.Images;

/// <summary>Width and height in pixels, written <c>WIDTHxHEIGHT</c>.</summary>
public readonly record struct ImageSize(int Width, int Height)
{
    public long Pixels => (long)Width * Height;

    public static bool TryParse([NotNullWhen(true)] string? text, out ImageSize size)
    {
        size = default;
        string[] parts = (text ?? "").Split('x', 'X', '×');
        if (parts.Length != 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int height)
            || width <= 0 || height <= 0)
        {
            return false;
        }
        size = new ImageSize(width, height);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}");
}
