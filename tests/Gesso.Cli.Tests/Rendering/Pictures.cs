using Gesso.Contracts.Images;

namespace Gesso.Cli.Tests.Rendering;

/// <summary>Made-up pictures whose every pixel is known.</summary>
internal static class Pictures
{
    /// <summary>Smooth in all three channels: more colours than any palette holds.</summary>
    public static RasterImage Gradient(int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int at = (y * width + x) * 3;
                pixels[at] = (byte)(x * 255 / Math.Max(1, width - 1));
                pixels[at + 1] = (byte)(y * 255 / Math.Max(1, height - 1));
                pixels[at + 2] = (byte)((x + y) * 255 / Math.Max(1, width + height - 2));
            }
        }
        return new RasterImage(width, height, 3, pixels);
    }

    public static RasterImage Solid(int width, int height, params byte[] color) =>
        new(width, height, color.Length, [.. Enumerable.Repeat(color, width * height).SelectMany(pixel => pixel)]);

    /// <summary>The largest difference of two channels in the same place.</summary>
    public static int Difference(RasterImage a, RasterImage b)
    {
        Assert.Equal((a.Width, a.Height, a.Channels), (b.Width, b.Height, b.Channels));
        return a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Max();
    }

    public static double MeanDifference(RasterImage a, RasterImage b) => a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Average();
}
