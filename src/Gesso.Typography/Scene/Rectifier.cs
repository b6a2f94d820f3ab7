using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;

namespace Gesso.Typography.Scene;

/// <summary>The way back: a surface of a picture seen flat and from the front, as a reader or an OCR engine wants it.</summary>
public static class Rectifier
{
    private const int MostSamples = 6;

    /// <summary>The surface at its own size in the picture.</summary>
    public static RasterImage Rectify(RasterImage picture, SceneSurface surface)
    {
        ArgumentNullException.ThrowIfNull(surface);
        var (width, height) = surface.Extent;
        return Rectify(picture, surface, new ImageSize(Math.Max(1, (int)Math.Round(width)), Math.Max(1, (int)Math.Round(height))));
    }

    /// <summary>Cubic (Catmull and Rom) where it is enlarged, a mean of such samples where it is shrunk. Places outside the picture take its nearest pixel.</summary>
    public static RasterImage Rectify(RasterImage picture, SceneSurface surface, ImageSize size)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(surface);
        if (size.Width < 1 || size.Height < 1 || size.Pixels > 100_000_000)
            throw GessoException.Invalid("out_of_range", $"Size of the flat picture: expected 1 to 100 million pixels, got {size}.");
        var (width, height) = surface.Extent;
        int n = Math.Clamp((int)Math.Ceiling(Math.Max(width / size.Width, height / size.Height)), 1, MostSamples);
        byte[] pixels = new byte[size.Pixels * picture.Channels];
        Parallel.For(0, size.Height, y =>
        {
            Span<float> sum = stackalloc float[picture.Channels];
            for (int x = 0; x < size.Width; x++)
            {
                sum.Clear();
                for (int s = 0; s < n * n; s++)
                {
                    var uv = new ScenePoint((x + (s % n + 0.5) / n) / size.Width, (y + (s / n + 0.5) / n) / size.Height);
                    Add(picture, surface.Place(uv), sum);
                }
                int o = (y * size.Width + x) * picture.Channels;
                for (int c = 0; c < sum.Length; c++)
                    pixels[o + c] = (byte)Math.Clamp((int)Math.Round(sum[c] / (n * n)), 0, 255);
            }
        });
        return new RasterImage(size.Width, size.Height, picture.Channels, pixels);
    }

    private static void Add(RasterImage picture, ScenePoint at, Span<float> sum)
    {
        double px = at.X - 0.5, py = at.Y - 0.5;
        int x0 = (int)Math.Floor(px), y0 = (int)Math.Floor(py);
        Span<float> wx = stackalloc float[4], wy = stackalloc float[4];
        Weights((float)(px - x0), wx);
        Weights((float)(py - y0), wy);
        for (int k = 0; k < 4; k++)
        {
            int row = Math.Clamp(y0 - 1 + k, 0, picture.Height - 1) * picture.Width;
            for (int i = 0; i < 4; i++)
            {
                int o = (row + Math.Clamp(x0 - 1 + i, 0, picture.Width - 1)) * picture.Channels;
                float weight = wx[i] * wy[k];
                for (int c = 0; c < sum.Length; c++)
                    sum[c] += weight * picture.Pixels[o + c];
            }
        }
    }

    private static void Weights(float t, Span<float> w)
    {
        w[0] = t * (-0.5f + t * (1 - 0.5f * t));
        w[1] = 1 + t * t * (1.5f * t - 2.5f);
        w[2] = t * (0.5f + t * (2 - 1.5f * t));
        w[3] = t * t * (0.5f * t - 0.5f);
    }
}
