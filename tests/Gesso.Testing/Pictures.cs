using Gesso.Contracts.Images;

namespace Gesso.Testing;

/// <summary>Pictures that tests draw.</summary>
public static class Pictures
{
    public static RasterImage Of(int width, int height, Func<int, int, (int R, int G, int B)> colour)
    {
        byte[] pixels = new byte[width * height * 3];
        for (int y = 0, o = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, o += 3)
            {
                var (r, g, b) = colour(x, y);
                (pixels[o], pixels[o + 1], pixels[o + 2]) = ((byte)r, (byte)g, (byte)b);
            }
        }
        return new RasterImage(width, height, 3, pixels);
    }

    public static RasterImage Grey(int width, int height, Func<int, int, int> value)
    {
        byte[] pixels = new byte[width * height];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)value(i % width, i / width);
        return new RasterImage(width, height, 1, pixels);
    }

    /// <summary>A different colour everywhere, smooth.</summary>
    public static RasterImage Gradient(int width, int height) =>
        Of(width, height, (x, y) => (x * 255 / Math.Max(1, width - 1), y * 255 / Math.Max(1, height - 1), (x + y) * 255 / Math.Max(1, width + height - 2)));

    public static RasterImage Noise(int width, int height, int channels, int seed) =>
        new(width, height, channels, RandomValues.Bytes(seed, (long)width * height * channels));
}
