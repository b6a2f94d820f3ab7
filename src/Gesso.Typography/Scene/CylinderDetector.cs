using Gesso.Contracts.Images;

namespace Gesso.Typography.Scene;

/// <summary>What was found around something round.</summary>
/// <param name="Cylinder">The middle of the label as seen, its edges left free; null: nothing that text can be put onto without asking.</param>
/// <param name="Confidence">0 … 1, of the best candidate.</param>
public sealed record CylinderFinding(Cylinder? Cylinder, double Confidence);

/// <summary>
/// Finds the most plausible empty label around an upright can, bottle, jar or mug: an even zone whose columns are about equally high and whose upper and lower
/// edges are halves of ellipses, as circles around an axis are seen. A zone with straight edges is flat, and not for here.
/// </summary>
public static class CylinderDetector
{
    private const double LeastConfidence = 0.5;
    private const double LeastShare = 0.02;
    private const double UsualShare = 0.06;

    /// <summary>Columns near the silhouette are seen too flat to say anything.</summary>
    private const double Margin = 0.06;

    /// <summary>Of the label's height: less is flat.</summary>
    private const double LeastSag = 0.025;
    private const double MostSag = 0.6;

    /// <summary>Mean distance of an edge from its ellipse, of the label's height.</summary>
    private const double GoodFit = 0.01;
    private const double WorstFit = 0.035;

    /// <summary>Pixels of the working size.</summary>
    private const int EdgeReach = 5;

    /// <summary>Degrees of the half circle in front that text is laid onto: letters further round are too narrow to be read.</summary>
    private const double Arc = 110;

    public static CylinderFinding Find(RasterImage picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var (slope, scale) = PlateDetector.SmallSlopes(PlateDetector.Channels(picture));
        double whole = (double)slope.Width * slope.Height;
        var best = new CylinderFinding(null, 0);
        foreach (double level in PlateDetector.Evenness)
        {
            foreach (var zone in EvenZones.Find(slope, level, LeastShare * whole))
            {
                var (cylinder, confidence) = Measured(zone, slope, whole, scale);
                if (confidence > best.Confidence)
                    best = new CylinderFinding(cylinder, confidence);
            }
        }
        return best.Confidence >= LeastConfidence ? best : best with { Cylinder = null };
    }

    private static (Cylinder? Cylinder, double Confidence) Measured(EvenZone zone, Plane slope, double whole, int scale)
    {
        var columns = zone.Columns;
        bool onBorder = columns[0].X < 2 || columns[^1].X > slope.Width - 2 || columns.Min(c => c.Top) < 2 || columns.Max(c => c.Bottom) > slope.Height - 2;
        var middle = columns[columns.Count / 2];
        if (onBorder || columns.Count < 16)
            return (null, 0);
        int row = (int)((middle.Top + middle.Bottom) / 2);
        double left = Steepest(slope, (int)columns[0].X, row, -1, 0), right = Steepest(slope, (int)columns[^1].X, row, 1, 0), width = right - left;
        ZoneColumn[] inner =
        [
            .. columns.Where(c => c.X > left + Margin * width && c.X < right - Margin * width)
                .Select(c => new ZoneColumn(c.X, Steepest(slope, (int)c.X, (int)c.Top, 0, -1), Steepest(slope, (int)c.X, (int)c.Bottom - 1, 0, 1))),
        ];
        var top = Ellipse.Fit(inner, left, width, c => c.Top);
        var bottom = Ellipse.Fit(inner, left, width, c => c.Bottom);
        double height = (bottom.At(0) + bottom.At(1) - top.At(0) - top.At(1)) / 2;
        double flat = Math.Max(Math.Abs(top.Sag), Math.Abs(bottom.Sag)) / height;
        if (height < 12 || flat is < LeastSag or > MostSag)
            return (null, 0);
        double fit = Math.Max(top.Error, bottom.Error) / height;
        double fill = zone.Area / Math.Max(1.0, columns.Sum(c => c.Bottom - c.Top));           // a zone with bays is no label
        double confidence = Ramp(fit, WorstFit, GoodFit) * Ramp(fill, 0.8, 0.95) * Math.Sqrt(Math.Min(1, zone.FilledArea / whole / UsualShare));
        return (Front(top, bottom, left, width, scale), confidence);
    }

    /// <summary>A zone ends where the slope of its edge begins; the edge itself is where that is steepest, a little further out.</summary>
    private static double Steepest(Plane slope, int x, int y, int dx, int dy)
    {
        int best = 0;
        for (int i = 1; i <= EdgeReach && x + i * dx >= 0 && x + i * dx < slope.Width && y + i * dy >= 0 && y + i * dy < slope.Height; i++)
        {
            if (slope[x + i * dx, y + i * dy] > slope[x + best * dx, y + best * dy])
                best = i;
        }
        return (dx == 0 ? y + best * dy : x + best * dx) + 0.5;
    }

    /// <summary>The part of the label that faces the eye.</summary>
    private static Cylinder Front(Ellipse top, Ellipse bottom, double left, double width, int scale)
    {
        double half = Arc * Math.PI / 360, from = 0.5 - Math.Sin(half) / 2, to = 0.5 + Math.Sin(half) / 2;
        ScenePoint On(Ellipse edge, double u) => new((left + u * width) * scale, edge.At(u) * scale);
        var ends = new Quad(On(top, from), On(top, to), On(bottom, to), On(bottom, from));
        double height = ((bottom.At(from) + bottom.At(to) - top.At(from) - top.At(to)) / 2) * scale, rest = (1 - Math.Cos(half)) * scale;
        return new Cylinder(ends, Arc, top.Sag * rest / height, bottom.Sag * rest / height);
    }

    private static double Ramp(double value, double from, double to) => Math.Clamp((value - from) / (to - from), 0, 1);

    /// <summary>y = start + lean·u + sag·√(1 − (2u − 1)²), with the mean distance of what it was fitted to.</summary>
    private readonly record struct Ellipse(double Start, double Lean, double Sag, double Error)
    {
        public double At(double u) => Start + Lean * u + Sag * Bulge(u);

        /// <summary>Least squares.</summary>
        public static Ellipse Fit(ZoneColumn[] columns, double left, double width, Func<ZoneColumn, double> edge)
        {
            double[,] m = new double[3, 4];
            foreach (var column in columns)
            {
                double u = (column.X - left) / width, y = edge(column);
                double[] row = [1, u, Bulge(u)];
                for (int i = 0; i < 3; i++)
                {
                    for (int j = 0; j < 3; j++)
                        m[i, j] += row[i] * row[j];
                    m[i, 3] += row[i] * y;
                }
            }
            for (int i = 0; i < 3; i++)                                                     // positive definite: no pivoting is needed
            {
                for (int k = i + 1; k < 3; k++)
                {
                    double factor = m[k, i] / m[i, i];
                    for (int j = i; j < 4; j++)
                        m[k, j] -= factor * m[i, j];
                }
            }
            double sag = m[2, 3] / m[2, 2], lean = (m[1, 3] - m[1, 2] * sag) / m[1, 1], start = (m[0, 3] - m[0, 1] * lean - m[0, 2] * sag) / m[0, 0];
            var fitted = new Ellipse(start, lean, sag, 0);
            return fitted with { Error = columns.Average(c => Math.Abs(edge(c) - fitted.At((c.X - left) / width))) };
        }

        private static double Bulge(double u) => Math.Sqrt(Math.Max(0, 1 - (2 * u - 1) * (2 * u - 1)));
    }
}
