using Gesso.Typography.Scene;

namespace Gesso.Typography.Verification.Ocr;

/// <summary>
/// Boxes from DBNet's map of probabilities, by PaddleOCR's convention: pixels above 0.3 that touch are one text, kept where the box's mean is 0.6 or more; the map
/// shows texts shrunk, so each box grows by area · 1.5 / perimeter on all sides (ppocr/postprocess/db_postprocess.py).
/// </summary>
internal static class DbBoxes
{
    private const float Threshold = 0.3f;
    private const double LeastScore = 0.6;
    private const double Unclip = 1.5;
    private const double LeastSide = 3;

    public static IEnumerable<TextPlace> From(Plane map)
    {
        bool[] seen = new bool[map.Values.Length];
        Stack<int> open = new();
        for (int start = 0; start < seen.Length; start++)
        {
            if (seen[start] || map.Values[start] <= Threshold)
                continue;
            List<ScenePoint> corners = [];
            seen[start] = true;
            open.Push(start);
            while (open.TryPop(out int at))
            {
                int x = at % map.Width, y = at / map.Width;
                corners.AddRange([new(x, y), new(x + 1, y), new(x, y + 1), new(x + 1, y + 1)]);
                for (int dy = -1; dy <= 1; dy++)
                {
                    for (int dx = -1; dx <= 1; dx++)
                        Visit(x + dx, y + dy);
                }
            }
            var box = SmallestBox(Polygon.Hull(corners), grow: 0);
            if (Math.Min(box.Width, box.Height) < LeastSide)
                continue;
            double score = MeanInside(map, box);
            if (score < LeastScore)
                continue;
            yield return new TextPlace(SmallestBox(box.Corners, box.Area * Unclip / Polygon.Perimeter(box.Corners)), score);
        }

        void Visit(int x, int y)
        {
            if (x < 0 || y < 0 || x >= map.Width || y >= map.Height)
                return;
            int at = y * map.Width + x;
            if (seen[at] || map.Values[at] <= Threshold)
                return;
            seen[at] = true;
            open.Push(at);
        }
    }

    /// <summary>The box of least area around a convex polygon: one of its sides lies on one of the polygon's.</summary>
    internal static Quad SmallestBox(IReadOnlyList<ScenePoint> hull, double grow)
    {
        double least = double.MaxValue;
        Quad? best = null;
        for (int i = 0; i < hull.Count; i++)
        {
            var side = hull[(i + 1) % hull.Count] - hull[i];
            double length = Math.Sqrt(side.Dot(side));
            if (length < 1e-9)
                continue;
            var u = side * (1 / length);
            var v = new ScenePoint(-u.Y, u.X);
            double left = hull.Min(p => p.Dot(u)) - grow, right = hull.Max(p => p.Dot(u)) + grow;
            double top = hull.Min(p => p.Dot(v)) - grow, bottom = hull.Max(p => p.Dot(v)) + grow;
            if ((right - left) * (bottom - top) >= least)
                continue;
            least = (right - left) * (bottom - top);
            best = Quadrilateral.Upright([u * left + v * top, u * right + v * top, u * right + v * bottom, u * left + v * bottom]);
        }
        return best!;
    }

    private static double MeanInside(Plane map, Quad box)
    {
        int x0 = (int)Math.Max(0, box.Corners.Min(c => c.X)), x1 = (int)Math.Min(map.Width - 1, box.Corners.Max(c => c.X));
        int y0 = (int)Math.Max(0, box.Corners.Min(c => c.Y)), y1 = (int)Math.Min(map.Height - 1, box.Corners.Max(c => c.Y));
        double sum = 0;
        int count = 0;
        for (int y = y0; y <= y1; y++)
        {
            for (int x = x0; x <= x1; x++)
            {
                if (!box.Contains(new ScenePoint(x + 0.5, y + 0.5)))
                    continue;
                sum += map[x, y];
                count++;
            }
        }
        return count == 0 ? 0 : sum / count;
    }
}
