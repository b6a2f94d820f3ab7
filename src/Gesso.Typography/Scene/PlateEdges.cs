using Gesso.Contracts.Images;

namespace Gesso.Typography.Scene;

/// <summary>Moves the sides of a rough quad onto the edges of the picture, to parts of a pixel.</summary>
internal static class PlateEdges
{
    private const int ProbesASide = 48;
    private const double Step = 0.5;

    /// <summary>Corners may be rounded, so probes keep away from them.</summary>
    private const double Margin = 0.08;

    private const double LeastSlope = 5;
    private const double OnTheLine = 1.5;

    /// <summary>The quad on its edges, and which part of its sides has one (the worst side counts three tenths); null where two sides became parallel.</summary>
    public static (Quad? Quad, double Support) Refine(Quad quad, Plane[] channels, double reach)
    {
        var corners = quad.Corners;
        var lines = new (ScenePoint From, ScenePoint To)[4];
        double[] support = new double[4];
        for (int i = 0; i < 4; i++)
            (lines[i], support[i]) = Side(corners[i], corners[(i + 1) % 4], channels, reach);
        var met = new ScenePoint[4];
        for (int i = 0; i < 4; i++)
        {
            var before = lines[(i + 3) % 4];
            if (Quadrilateral.Meet(before.From, before.To, lines[i].From, lines[i].To) is not { } corner)
                return (null, 0);
            met[i] = corner;
        }
        return (new Quad(met[0], met[1], met[2], met[3]), 0.7 * support.Average() + 0.3 * support.Min());
    }

    /// <summary>Which part of the outline runs along the picture's border: there the plate was cut off, and its true sides are unknown.</summary>
    public static double ShareOnBorder(Quad quad, RasterImage picture, double within)
    {
        int on = 0;
        for (int i = 0; i < 4; i++)
        {
            for (int k = 0; k < ProbesASide; k++)
            {
                var p = quad.Corners[i] + (quad.Corners[(i + 1) % 4] - quad.Corners[i]) * ((k + 0.5) / ProbesASide);
                if (p.X < within || p.Y < within || p.X > picture.Width - within || p.Y > picture.Height - within)
                    on++;
            }
        }
        return on / (4.0 * ProbesASide);
    }

    private static ((ScenePoint From, ScenePoint To) Line, double Support) Side(ScenePoint a, ScenePoint b, Plane[] channels, double reach)
    {
        var along = b - a;
        double length = a.DistanceTo(b);
        var across = new ScenePoint(along.Y, -along.X) * (1 / length);                       // to the outside, as corners run clockwise
        List<(double T, double Offset)> found = [];
        for (int k = 0; k < ProbesASide; k++)
        {
            double t = Margin + (1 - 2 * Margin) * k / (ProbesASide - 1);
            if (Strongest(a + along * t, across, channels, reach) is { } offset)
                found.Add((t, offset));
        }
        if (found.Count < ProbesASide / 4)
            return ((a, b), 0);
        var (start, slope) = FitLine(found);
        double on = found.Count(f => Math.Abs(start + slope * f.T - f.Offset) <= OnTheLine);
        return ((a + across * start, b + across * (start + slope)), on / ProbesASide);
    }

    /// <summary>How far out the steepest edge lies, near ones preferred; null where nothing is steep.</summary>
    private static double? Strongest(ScenePoint at, ScenePoint across, Plane[] channels, double reach)
    {
        int count = (int)(2 * reach / Step) + 1;
        double[] slopes = new double[count];
        double best = 0;
        int where = -1;
        for (int i = 0; i < count; i++)
        {
            double s = -reach + i * Step;
            foreach (var p in channels)
            {
                var (outer, inner) = (at + across * (s + 1), at + across * (s - 1));
                slopes[i] = Math.Max(slopes[i], Math.Abs(p.At(outer.X, outer.Y) - p.At(inner.X, inner.Y)) / 2);
            }
            double preferred = slopes[i] * Math.Exp(-s * s / (2 * reach * reach));
            if (slopes[i] >= LeastSlope && preferred > best)
                (best, where) = (preferred, i);
        }
        if (where < 0)
            return null;
        double shift = 0;
        if (where > 0 && where < count - 1)
        {
            double bend = slopes[where - 1] - 2 * slopes[where] + slopes[where + 1];
            shift = bend < 0 ? Math.Clamp(0.5 * (slopes[where - 1] - slopes[where + 1]) / bend, -1, 1) : 0;
        }
        return -reach + (where + shift) * Step;
    }

    /// <summary>A line through offsets, from the median on, with Tukey's weights: what lies away from most counts nothing.</summary>
    private static (double Start, double Slope) FitLine(List<(double T, double Offset)> points)
    {
        double start = Grain.Median([.. points.Select(p => (float)p.Offset)]), slope = 0;
        foreach (double tolerance in (double[])[6, 4, 2.5, 2, 1.5, 1.5, 1.5, 1.5])
        {
            double sw = 0, st = 0, so = 0, stt = 0, sto = 0;
            foreach (var (t, offset) in points)
            {
                double r = (offset - start - slope * t) / tolerance;
                if (Math.Abs(r) >= 1)
                    continue;
                double w = (1 - r * r) * (1 - r * r);
                (sw, st, so, stt, sto) = (sw + w, st + w * t, so + w * offset, stt + w * t * t, sto + w * t * offset);
            }
            double det = sw * stt - st * st;
            if (det < 1e-9)
                break;
            (start, slope) = ((stt * so - st * sto) / det, (sw * sto - st * so) / det);
        }
        return (start, slope);
    }
}
