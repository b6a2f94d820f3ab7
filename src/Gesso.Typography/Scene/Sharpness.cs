namespace Gesso.Typography.Scene;

/// <summary>
/// How soft a picture's edges are, as σ of a Gaussian in pixels. An edge is blurred once more by a known σ₀: its slope falls by √(1 + σ₀²/σ²), the less the softer
/// it was before (Zhuo and Sim, Defocus map estimation from a single image, 2011).
/// </summary>
internal static class Sharpness
{
    /// <summary>Where a picture has no edges to measure: between a sharp photograph's 0.3 and a soft one's 0.8.</summary>
    public const double Unknown = 0.5;

    /// <summary>Soft edges exist in every picture (shadows, depth of field); its sharpest third says what its lens and size can show.</summary>
    private const double Quantile = 0.3;

    private const double Reblur = 1;
    private const double LeastSlope = 6;
    private const int LeastEdges = 60;

    /// <summary>What a slope from two neighbours adds to σ²: a window two pixels wide has the variance 1/3, the pixel itself 1/12.</summary>
    private const double MeasurementVariance = 1.0 / 3 + 1.0 / 12;

    /// <summary>σ of the edges inside a box, or of the whole picture where the box has too few.</summary>
    public static double Estimate(Plane luma, PixelBox near)
    {
        var blurred = Smoothing.Gaussian(luma, Reblur);
        double noise = Grain.Sigma(luma, luma.Map(_ => 1));
        var found = Sigmas(luma, blurred, near, noise);
        if (found.Count < LeastEdges)
            found = Sigmas(luma, blurred, new PixelBox(0, 0, luma.Width, luma.Height), noise);
        if (found.Count < LeastEdges)
            return Unknown;
        found.Sort();
        return found[(int)(found.Count * Quantile)];
    }

    private static List<double> Sigmas(Plane luma, Plane blurred, PixelBox box, double noise)
    {
        List<double> found = [];
        double least = Math.Max(LeastSlope, 4 * noise);
        for (int y = Math.Max(box.Y, 2); y < Math.Min(box.Bottom, luma.Height - 2); y++)
        {
            for (int x = Math.Max(box.X, 2); x < Math.Min(box.Right, luma.Width - 2); x++)
            {
                var (gx, gy) = Slope(luma, x, y);
                double here = Math.Sqrt(gx * gx + gy * gy);
                if (here < least || !IsCrest(luma, x, y, gx, gy, here))
                    continue;
                var (bx, by) = Slope(blurred, x, y);
                double ratio = here / Math.Max(1e-6, Math.Sqrt(bx * bx + by * by));
                if (ratio > 1.02)
                    found.Add(Math.Sqrt(Math.Max(0, Reblur * Reblur / (ratio * ratio - 1) - MeasurementVariance)));
            }
        }
        return found;
    }

    private static (double X, double Y) Slope(Plane p, int x, int y) => ((p[x + 1, y] - p[x - 1, y]) / 2, (p[x, y + 1] - p[x, y - 1]) / 2);

    /// <summary>The slope is steepest here, seen across the edge.</summary>
    private static bool IsCrest(Plane p, int x, int y, double gx, double gy, double here)
    {
        var (dx, dy) = Math.Abs(gx) >= Math.Abs(gy) ? (1, 0) : (0, 1);
        var (ax, ay) = Slope(p, x - dx, y - dy);
        var (bx, by) = Slope(p, x + dx, y + dy);
        return here >= Math.Sqrt(ax * ax + ay * ay) && here > Math.Sqrt(bx * bx + by * by);
    }
}
