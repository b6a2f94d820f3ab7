namespace Gesso.Typography.Scene;

/// <summary>Four-sided shapes around convex polygons.</summary>
internal static class Quadrilateral
{
    /// <summary>
    /// The quad that a convex polygon becomes when sides are dropped one by one, each time the one whose neighbours, made longer until they meet, add least area:
    /// rounded corners and the steps of pixels vanish. Null for a triangle or less.
    /// </summary>
    public static Quad? Around(IReadOnlyList<ScenePoint> hull)
    {
        List<ScenePoint> corners = [.. hull];
        while (corners.Count > 4)
        {
            int best = -1;
            double least = double.MaxValue;
            ScenePoint meeting = default;
            for (int i = 0; i < corners.Count; i++)
            {
                var (a, b) = (corners[i], corners[(i + 1) % corners.Count]);
                var before = corners[(i + corners.Count - 1) % corners.Count];
                var after = corners[(i + 2) % corners.Count];
                if (Meet(before, a, after, b) is not { } p || (p - a).Dot(a - before) < 0 || (p - b).Dot(b - after) < 0)
                    continue;
                double added = Math.Abs((b - a).Cross(p - a)) / 2;
                if (added < least)
                    (best, least, meeting) = (i, added, p);
            }
            if (best < 0)
                return null;
            corners[best] = meeting;
            corners.RemoveAt((best + 1) % corners.Count);
        }
        return corners.Count == 4 ? Upright(corners) : null;
    }

    /// <summary>The four corners, named so that the upper side runs as nearly to the right as one can.</summary>
    public static Quad Upright(IReadOnlyList<ScenePoint> corners)
    {
        int first = Enumerable.Range(0, 4).MaxBy(i =>
        {
            var upper = corners[(i + 1) % 4] - corners[i];
            var lower = corners[(i + 2) % 4] - corners[(i + 3) % 4];
            return upper.X / Math.Max(1e-9, Math.Sqrt(upper.Dot(upper))) + lower.X / Math.Max(1e-9, Math.Sqrt(lower.Dot(lower)));
        });
        return new Quad(corners[first], corners[(first + 1) % 4], corners[(first + 2) % 4], corners[(first + 3) % 4]);
    }

    public static Quad Scale(Quad quad, double by) => new(quad.TopLeft * by, quad.TopRight * by, quad.BottomRight * by, quad.BottomLeft * by);

    /// <summary>Where the lines through a, b and through c, d meet; null for parallels.</summary>
    public static ScenePoint? Meet(ScenePoint a, ScenePoint b, ScenePoint c, ScenePoint d)
    {
        var (u, v) = (b - a, d - c);
        double det = u.Cross(v);
        return Math.Abs(det) < 1e-12 ? null : a + u * ((c - a).Cross(v) / det);
    }
}
