using Gesso.Contracts.Images;

namespace Gesso.Cli.Rendering;

/// <summary>What shows through transparent pixels.</summary>
internal enum AlphaBackground
{
    /// <summary>Grey squares, so that transparency is seen.</summary>
    Checker,

    White,
}

/// <summary>
/// Area-averaging resampling to 3 channels, on the bytes as they are (no linear light: it is a preview). Every source pixel counts with exactly the area it
/// covers, so the same size gives the same bytes and enlarging keeps flat pixels flat.
/// </summary>
internal static class ImageScaler
{
    private const int LightSquare = 204;
    private const int DarkSquare = 153;

    /// <summary>Scales and drops alpha. <paramref name="checker"/>: the side of a background square in target pixels.</summary>
    /// <returns>A picture of 3 channels, <paramref name="width"/> × <paramref name="height"/>.</returns>
    public static RasterImage ToRgb(RasterImage source, int width, int height, AlphaBackground background = AlphaBackground.Checker, int checker = 8)
    {
        float[] sums = new float[checked(width * height * 4)]; // red, green, blue times alpha; alpha
        float[] row = new float[width * 4];
        for (int y = 0; y < source.Height; y++)
        {
            SumRow(source, y, row, width);
            (int first, int last) = Targets(y, source.Height, height);
            for (int target = first; target <= last; target++)
            {
                float weight = Weight(y, source.Height, target, height);
                Span<float> into = sums.AsSpan(target * row.Length, row.Length);
                for (int i = 0; i < row.Length; i++)
                    into[i] += row[i] * weight;
            }
        }
        return new RasterImage(width, height, 3, Flatten(sums, width, height, background, checker));
    }

    private static void SumRow(RasterImage source, int y, float[] row, int width)
    {
        Array.Clear(row);
        int channels = source.Channels;
        ReadOnlySpan<byte> pixels = source.Pixels.AsSpan(y * source.Width * channels, source.Width * channels);
        for (int x = 0; x < source.Width; x++)
        {
            int at = x * channels;
            (float r, float g, float b) = channels == 1 ? (pixels[at], pixels[at], pixels[at]) : (pixels[at], pixels[at + 1], pixels[at + 2]);
            float alpha = channels == 4 ? pixels[at + 3] / 255f : 1;
            (int first, int last) = Targets(x, source.Width, width);
            for (int target = first; target <= last; target++)
            {
                float weight = Weight(x, source.Width, target, width) * alpha;
                int into = target * 4;
                row[into] += r * weight;
                row[into + 1] += g * weight;
                row[into + 2] += b * weight;
                row[into + 3] += weight;
            }
        }
    }

    /// <summary>The target pixels that source pixel <paramref name="index"/> touches, both ends included.</summary>
    private static (int First, int Last) Targets(int index, int sourceLength, int targetLength)
    {
        long start = (long)index * targetLength;
        long end = start + targetLength;
        return ((int)(start / sourceLength), (int)((end - 1) / sourceLength));
    }

    /// <summary>The share of a target pixel that a source pixel covers, in units where both grids have whole numbers.</summary>
    private static float Weight(int source, int sourceLength, int target, int targetLength)
    {
        long start = Math.Max((long)source * targetLength, (long)target * sourceLength);
        long end = Math.Min((source + 1L) * targetLength, (target + 1L) * sourceLength);
        return (float)(end - start) / sourceLength;
    }

    private static byte[] Flatten(float[] sums, int width, int height, AlphaBackground background, int checker)
    {
        byte[] pixels = new byte[width * height * 3];
        for (int i = 0; i < width * height; i++)
        {
            float behind = background == AlphaBackground.White || Opaque(sums[i * 4 + 3])
                ? 255
                : ((i % width / checker) + (i / width / checker)) % 2 == 0 ? LightSquare : DarkSquare;
            float through = Opaque(sums[i * 4 + 3]) ? 0 : (1 - sums[i * 4 + 3]) * behind;
            for (int c = 0; c < 3; c++)
                pixels[i * 3 + c] = (byte)Math.Clamp(MathF.Round(sums[i * 4 + c] + through), 0, 255);
        }
        return pixels;
    }

    private static bool Opaque(float alpha) => alpha > 0.9999f;
}
