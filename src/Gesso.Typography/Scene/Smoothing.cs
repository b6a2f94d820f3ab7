namespace Gesso.Typography.Scene;

/// <summary>Filters on planes. Windows end at the border, so nothing outside is invented.</summary>
internal static class Smoothing
{
    /// <summary>Separable, cut at three σ; the plane itself where σ is too small to matter.</summary>
    public static Plane Gaussian(Plane plane, double sigma)
    {
        if (sigma < 0.1)
            return plane;
        int radius = Math.Max(1, (int)Math.Ceiling(3 * sigma));
        float[] kernel = [.. Enumerable.Range(-radius, 2 * radius + 1).Select(i => (float)Math.Exp(-i * i / (2 * sigma * sigma)))];
        float sum = kernel.Sum();
        kernel = Array.ConvertAll(kernel, k => k / sum);
        var rows = new Plane(plane.Width, plane.Height);
        for (int y = 0; y < plane.Height; y++)
            Convolve(plane.Values, rows.Values, y * plane.Width, 1, plane.Width, kernel, radius);
        var result = new Plane(plane.Width, plane.Height);
        for (int x = 0; x < plane.Width; x++)
            Convolve(rows.Values, result.Values, x, plane.Width, plane.Height, kernel, radius);
        return result;
    }

    /// <summary>The mean over a square window of 2 · radius + 1 pixels, of the pixels with weight.</summary>
    public static Plane Mean(Plane plane, Plane weight, int radius) =>
        BoxSum(plane.With(weight, (v, w) => v * w), radius).With(BoxSum(weight, radius), (sum, w) => w > 1e-6f ? sum / w : 0);

    /// <summary>
    /// Smooths what varies less than <paramref name="noise"/> and keeps edges (He, Sun and Tang, Guided Image Filtering, 2010, with the picture as its own
    /// guide). Only pixels with weight speak.
    /// </summary>
    public static Plane KeepingEdges(Plane plane, Plane weight, int radius, double noise)
    {
        float epsilon = (float)(noise * noise);
        var mean = Mean(plane, weight, radius);
        var square = Mean(plane.Map(v => v * v), weight, radius);
        var slope = square.With(mean, (s, m) =>
        {
            float variance = Math.Max(0, s - m * m);
            return variance + epsilon > 0 ? variance / (variance + epsilon) : 1;
        });
        var offset = mean.With(slope, (m, a) => m * (1 - a));
        var meanSlope = Mean(slope, weight, radius);
        var meanOffset = Mean(offset, weight, radius);
        var result = new Plane(plane.Width, plane.Height);
        var reached = BoxSum(weight, radius);
        for (int i = 0; i < result.Values.Length; i++)
        {
            result.Values[i] = reached.Values[i] > 1e-6f
                ? meanSlope.Values[i] * plane.Values[i] + meanOffset.Values[i]
                : plane.Values[i];
        }
        return result;
    }

    /// <summary>Half the size, each value the mean of four; an odd last row or column is dropped.</summary>
    public static Plane Halve(Plane plane)
    {
        var half = new Plane(Math.Max(1, plane.Width / 2), Math.Max(1, plane.Height / 2));
        for (int y = 0; y < half.Height; y++)
        {
            for (int x = 0; x < half.Width; x++)
            {
                int x1 = Math.Min(2 * x + 1, plane.Width - 1), y1 = Math.Min(2 * y + 1, plane.Height - 1);
                half[x, y] = (plane[2 * x, 2 * y] + plane[x1, 2 * y] + plane[2 * x, y1] + plane[x1, y1]) / 4;
            }
        }
        return half;
    }

    private static void Convolve(float[] from, float[] to, int start, int step, int count, float[] kernel, int radius)
    {
        for (int i = 0; i < count; i++)
        {
            float sum = 0;
            for (int k = -radius; k <= radius; k++)
                sum += kernel[k + radius] * from[start + Math.Clamp(i + k, 0, count - 1) * step];
            to[start + i * step] = sum;
        }
    }

    private static Plane BoxSum(Plane plane, int radius)
    {
        var rows = new Plane(plane.Width, plane.Height);
        for (int y = 0; y < plane.Height; y++)
            Slide(plane.Values, rows.Values, y * plane.Width, 1, plane.Width, radius);
        var result = new Plane(plane.Width, plane.Height);
        for (int x = 0; x < plane.Width; x++)
            Slide(rows.Values, result.Values, x, plane.Width, plane.Height, radius);
        return result;
    }

    private static void Slide(float[] from, float[] to, int start, int step, int count, int radius)
    {
        double sum = 0;
        for (int i = 0; i < Math.Min(radius, count); i++)
            sum += from[start + i * step];
        for (int i = 0; i < count; i++)
        {
            if (i + radius < count)
                sum += from[start + (i + radius) * step];
            if (i - radius - 1 >= 0)
                sum -= from[start + (i - radius - 1) * step];
            to[start + i * step] = (float)sum;
        }
    }
}
