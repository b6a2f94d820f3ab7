using Gesso.Contracts.Images;
using Gesso.Typography.Document;

namespace Gesso.Typography.Scene;

/// <summary>Text as it lies on a surface, in the pixels of a box of the picture: coverage and light, the light multiplied by the coverage.</summary>
internal sealed record Ink(PixelBox Box, Plane Coverage, Plane Red, Plane Green, Plane Blue)
{
    public Ink Soften(double sigma) => this with
    {
        Coverage = Smoothing.Gaussian(Coverage, sigma),
        Red = Smoothing.Gaussian(Red, sigma),
        Green = Smoothing.Gaussian(Green, sigma),
        Blue = Smoothing.Gaussian(Blue, sigma),
    };
}

/// <summary>
/// Draws a flat text raster onto a surface. Each pixel is the mean of a grid of samples, as many as the raster has pixels under it, so nothing is skipped where
/// the surface runs away from the eye.
/// </summary>
internal static class InkWarp
{
    private const int FewestSamples = 3;
    private const int MostSamples = 12;

    public static Ink Draw(RasterImage text, SceneSurface surface, PixelBox box)
    {
        float[] source = Premultiplied(text);
        int n = Samples(text, surface);
        var ink = new Ink(box, new Plane(box.Width, box.Height), new Plane(box.Width, box.Height), new Plane(box.Width, box.Height), new Plane(box.Width, box.Height));
        Parallel.For(0, box.Height, y =>
        {
            for (int x = 0; x < box.Width; x++)
            {
                var sum = default(System.Numerics.Vector4);
                for (int s = 0; s < n * n; s++)
                {
                    var at = new ScenePoint(box.X + x + (s % n + 0.5) / n, box.Y + y + (s / n + 0.5) / n);
                    if (surface.TryLocate(at, out var uv))
                        sum += Sample(source, text.Width, text.Height, uv.X * text.Width, uv.Y * text.Height);
                }
                if (sum.W == 0)
                    continue;
                sum /= n * n;
                (ink.Red[x, y], ink.Green[x, y], ink.Blue[x, y], ink.Coverage[x, y]) = (sum.X, sum.Y, sum.Z, sum.W);
            }
        });
        return ink;
    }

    /// <summary>How many samples a side of a pixel needs: the raster's pixels per pixel of the picture where it is shrunk most.</summary>
    private static int Samples(RasterImage text, SceneSurface surface)
    {
        const int grid = 8;
        double most = 1;
        for (int i = 0; i < grid; i++)
        {
            for (int k = 0; k < grid; k++)
            {
                var here = surface.Place(new ScenePoint((double)i / grid, (double)k / grid));
                double right = here.DistanceTo(surface.Place(new ScenePoint((i + 1.0) / grid, (double)k / grid)));
                double down = here.DistanceTo(surface.Place(new ScenePoint((double)i / grid, (k + 1.0) / grid)));
                most = Math.Max(most, Math.Max(text.Width / grid / Math.Max(right, 1e-3), text.Height / grid / Math.Max(down, 1e-3)));
            }
        }
        return Math.Clamp((int)Math.Ceiling(most), FewestSamples, MostSamples);
    }

    private static float[] Premultiplied(RasterImage text)
    {
        float[] light = new float[text.Pixels.Length];
        for (int i = 0; i < light.Length; i += 4)
        {
            float alpha = text.Pixels[i + 3] / 255f;
            for (int c = 0; c < 3; c++)
                light[i + c] = LinearLight.Of(text.Pixels[i + c]) * alpha;
            light[i + 3] = alpha;
        }
        return light;
    }

    private static System.Numerics.Vector4 Sample(float[] source, int width, int height, double x, double y)
    {
        double px = Math.Clamp(x - 0.5, 0, width - 1), py = Math.Clamp(y - 0.5, 0, height - 1);
        int x0 = (int)px, y0 = (int)py;
        int x1 = Math.Min(x0 + 1, width - 1), y1 = Math.Min(y0 + 1, height - 1);
        float fx = (float)(px - x0), fy = (float)(py - y0);
        var top = System.Numerics.Vector4.Lerp(Texel(x0, y0), Texel(x1, y0), fx);
        return System.Numerics.Vector4.Lerp(top, System.Numerics.Vector4.Lerp(Texel(x0, y1), Texel(x1, y1), fx), fy);

        System.Numerics.Vector4 Texel(int tx, int ty) => new(source.AsSpan((ty * width + tx) * 4, 4));
    }
}
