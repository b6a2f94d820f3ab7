using System.Text;
using Gesso.Contracts.Images;

namespace Gesso.Cli.Rendering;

/// <summary>
/// DEC Sixel (VT330/VT340 programmer reference, chapter 14): bands of six pixel rows; in each band every colour draws its pixels as characters of
/// six bits, then returns to the band's left end. Runs of four or more are written as <c>!count</c>.
/// </summary>
internal static class SixelEncoder
{
    private const int BandHeight = 6;
    private const char NoPixels = '?';

    /// <param name="image">3 channels, in screen pixels.</param>
    public static string Encode(RasterImage image)
    {
        SixelPalette palette = SixelPalette.Of(image);
        byte[] indices = palette.Map(image);
        var text = new StringBuilder(image.Width * image.Height / 2);

        // P2 = 1: pixels not drawn keep what is below. Raster attributes: aspect 1:1 and the size, so that the terminal reserves it at once.
        text.Append("\eP0;1;0q\"1;1;").Append(image.Width).Append(';').Append(image.Height);
        for (int i = 0; i < palette.Count; i++)
        {
            (int red, int green, int blue) = palette.Percent(i);
            text.Append('#').Append(i).Append(";2;").Append(red).Append(';').Append(green).Append(';').Append(blue);
        }

        byte[] sixels = new byte[palette.Count * image.Width];
        for (int top = 0; top < image.Height; top += BandHeight)
        {
            if (top > 0)
                text.Append('-');
            AppendBand(text, indices, image.Width, Math.Min(BandHeight, image.Height - top), top, sixels, palette.Count);
        }
        return text.Append("\e\\").ToString();
    }

    private static void AppendBand(StringBuilder text, byte[] indices, int width, int rows, int top, byte[] sixels, int colors)
    {
        Array.Clear(sixels);
        Span<bool> used = stackalloc bool[colors];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<byte> line = indices.AsSpan((top + row) * width, width);
            for (int x = 0; x < width; x++)
            {
                sixels[line[x] * width + x] |= (byte)(1 << row);
                used[line[x]] = true;
            }
        }
        bool first = true;
        for (int color = 0; color < colors; color++)
        {
            if (!used[color])
                continue;
            if (!first)
                text.Append('$');
            first = false;
            text.Append('#').Append(color);
            AppendRuns(text, sixels.AsSpan(color * width, width));
        }
    }

    private static void AppendRuns(StringBuilder text, ReadOnlySpan<byte> sixels)
    {
        sixels = sixels.TrimEnd((byte)0);
        for (int start = 0; start < sixels.Length;)
        {
            int end = start + 1;
            while (end < sixels.Length && sixels[end] == sixels[start])
                end++;
            char pattern = (char)(NoPixels + sixels[start]);
            int length = end - start;
            if (length < 4)
                text.Append(pattern, length);
            else
                text.Append('!').Append(length).Append(pattern);
            start = end;
        }
    }
}
