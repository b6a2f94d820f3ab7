namespace Gesso.Typography.Scene;

/// <summary>Geometry of closed polygons, clockwise on the screen.</summary>
internal static class Polygon
{
    public static double Area(IReadOnlyList<ScenePoint> corners) => Math.Abs(SignedArea(corners));

    public static double Perimeter(IReadOnlyList<ScenePoint> corners)
    {
        double sum = 0;
        for (int i = 0; i < corners.Count; i++)
            sum += corners[i].DistanceTo(corners[(i + 1) % corners.Count]);
        return sum;
    }

    /// <summary>Even-odd rule.</summary>
    public static bool Contains(IReadOnlyList<ScenePoint> corners, ScenePoint p)
    {
        bool inside = false;
        for (int i = 0, j = corners.Count - 1; i < corners.Count; j = i++)
        {
            var (a, b) = (corners[i], corners[j]);
            if (a.Y > p.Y != b.Y > p.Y && p.X < (b.X - a.X) * (p.Y - a.Y) / (b.Y - a.Y) + a.X)
                inside = !inside;
        }
        return inside;
    }

    /// <summary>Andrew's monotone chain; clockwise on the screen, without points on straight sides.</summary>
    public static List<ScenePoint> Hull(IEnumerable<ScenePoint> points)
    {
        ScenePoint[] sorted = [.. points.Distinct().OrderBy(p => p.X).ThenBy(p => p.Y)];
        if (sorted.Length < 3)
            return [.. sorted];
        List<ScenePoint> hull = [];
        foreach (var half in new[] { sorted, sorted.Reverse().ToArray() })
        {
            int floor = hull.Count;
            foreach (var p in half)
            {
                while (hull.Count >= floor + 2 && (hull[^1] - hull[^2]).Cross(p - hull[^1]) <= 0)
                    hull.RemoveAt(hull.Count - 1);
                hull.Add(p);
            }
            hull.RemoveAt(hull.Count - 1);
        }
        return hull;
    }

    /// <summary>The part of a convex polygon inside another convex one (Sutherland and Hodgman).</summary>
    public static List<ScenePoint> Intersection(IReadOnlyList<ScenePoint> subject, IReadOnlyList<ScenePoint> clip)
    {
        List<ScenePoint> result = [.. subject];
        double turn = Math.Sign(SignedArea(clip));
        for (int i = 0; i < clip.Count && result.Count > 0; i++)
        {
            var (a, b) = (clip[i], clip[(i + 1) % clip.Count]);
            double Side(ScenePoint p) => turn * (b - a).Cross(p - a);
            List<ScenePoint> kept = [];
            for (int k = 0; k < result.Count; k++)
            {
                var (p, q) = (result[k], result[(k + 1) % result.Count]);
                double sp = Side(p), sq = Side(q);
                if (sp >= 0)
                    kept.Add(p);
                if (sp * sq < 0)
                    kept.Add(p + (q - p) * (sp / (sp - sq)));
            }
            result = kept;
        }
        return result;
    }

    private static double SignedArea(IReadOnlyList<ScenePoint> corners)
    {
        double sum = 0;
        for (int i = 0; i < corners.Count; i++)
            sum += corners[i].Cross(corners[(i + 1) % corners.Count]);
        return sum / 2;
    }
}
