using System.Text;
using Gesso.Contracts.Images;

namespace Gesso.Cli.Rendering;

/// <summary>Two pixels per cell: the upper in the foreground colour of ▀, the lower in its background colour.</summary>
internal static class HalfBlocks
{
    /// <summary>One line per two pixel rows, <c>\n</c> between; every line starts from and ends in default colours.</summary>
    /// <param name="image">3 channels, one column per cell; the lower half of the last line stays empty if the height is odd.</param>
    /// <param name="colors">True colour, or anything else for the palette of 256.</param>
    public static string Encode(RasterImage image, ColorDepth colors)
    {
        var text = new StringBuilder(image.Width * image.Height * 12);
        for (int y = 0; y < image.Height; y += 2)
        {
            if (y > 0)
                text.Append('\n');
            string upper = "";
            string lower = "";
            for (int x = 0; x < image.Width; x++)
            {
                string top = Color(image, x, y, colors);
                string bottom = y + 1 < image.Height ? Color(image, x, y + 1, colors) : "";
                AppendColors(text, top == upper ? "" : "38;" + top, bottom == lower ? "" : "48;" + bottom);
                text.Append('▀');
                upper = top;
                lower = bottom;
            }
            text.Append(ControlCodes.ResetColors);
        }
        return text.ToString();
    }

    private static void AppendColors(StringBuilder text, string foreground, string background)
    {
        if (foreground.Length + background.Length == 0)
            return;
        text.Append("\e[").Append(foreground);
        if (foreground.Length > 0 && background.Length > 0)
            text.Append(';');
        text.Append(background).Append('m');
    }

    private static string Color(RasterImage image, int x, int y, ColorDepth colors)
    {
        ReadOnlySpan<byte> pixel = image.Pixels.AsSpan((y * image.Width + x) * 3, 3);
        return colors == ColorDepth.True ? $"2;{pixel[0]};{pixel[1]};{pixel[2]}" : $"5;{XtermPalette.Nearest(pixel[0], pixel[1], pixel[2])}";
    }
}
