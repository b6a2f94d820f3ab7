namespace Gesso.Typography.Scene;

/// <summary>A connected zone of a picture without edges inside.</summary>
/// <param name="Area">Its pixels.</param>
/// <param name="FilledArea">Its pixels with its holes.</param>
/// <param name="Corners">Corners of the outermost pixels of each row.</param>
/// <param name="Columns">From left to right: where each of its columns begins and ends, as edges of pixels.</param>
internal sealed record EvenZone(int Area, int FilledArea, IReadOnlyList<ScenePoint> Corners, IReadOnlyList<ZoneColumn> Columns);

/// <param name="X">Its middle.</param>
internal readonly record struct ZoneColumn(double X, double Top, double Bottom);

/// <summary>Connected zones where the slope stays below a level.</summary>
internal static class EvenZones
{
    public static IEnumerable<EvenZone> Find(Plane slope, double level, double leastArea)
    {
        int width = slope.Width, height = slope.Height;
        int[] label = new int[width * height];
        Stack<int> open = new();
        int labels = 0;
        for (int start = 0; start < label.Length; start++)
        {
            if (label[start] != 0 || slope.Values[start] >= level)
                continue;
            labels++;
            int area = 0;
            int[] left = new int[height], right = new int[height];
            Array.Fill(left, int.MaxValue);
            Array.Fill(right, -1);
            int[] first = new int[width], last = new int[width];
            Array.Fill(first, int.MaxValue);
            Array.Fill(last, -1);
            label[start] = labels;
            open.Push(start);
            while (open.TryPop(out int at))
            {
                area++;
                int x = at % width, y = at / width;
                (left[y], right[y]) = (Math.Min(left[y], x), Math.Max(right[y], x));
                (first[x], last[x]) = (Math.Min(first[x], y), Math.Max(last[x], y));
                Visit(x - 1, y);
                Visit(x + 1, y);
                Visit(x, y - 1);
                Visit(x, y + 1);
            }
            if (area < leastArea)
                continue;
            List<ScenePoint> corners = [];
            for (int y = 0; y < height; y++)
            {
                if (right[y] < 0)
                    continue;
                corners.AddRange([new(left[y], y), new(left[y], y + 1), new(right[y] + 1, y), new(right[y] + 1, y + 1)]);
            }
            yield return new EvenZone(area, Filled(label, labels, width, height, left, right), corners, Columns(first, last));
        }

        void Visit(int x, int y)
        {
            if (x < 0 || y < 0 || x >= width || y >= height)
                return;
            int at = y * width + x;
            if (label[at] != 0 || slope.Values[at] >= level)
                return;
            label[at] = labels;
            open.Push(at);
        }
    }

    private static List<ZoneColumn> Columns(int[] first, int[] last)
    {
        List<ZoneColumn> columns = [];
        for (int x = 0; x < first.Length; x++)
        {
            if (last[x] >= 0)
                columns.Add(new ZoneColumn(x + 0.5, first[x], last[x] + 1));
        }
        return columns;
    }

    /// <summary>Everything that the outside of the zone's box does not reach.</summary>
    private static int Filled(int[] label, int zone, int width, int height, int[] left, int[] right)
    {
        int top = Array.FindIndex(right, r => r >= 0), bottom = Array.FindLastIndex(right, r => r >= 0);
        int x0 = left.Min() - 1, x1 = right.Max() + 1, y0 = top - 1, y1 = bottom + 1;        // one pixel of outside all around
        int w = x1 - x0 + 1, h = y1 - y0 + 1;
        bool[] outside = new bool[w * h];
        Stack<int> open = new();
        outside[0] = true;
        open.Push(0);
        int reached = 0;
        while (open.TryPop(out int at))
        {
            reached++;
            int x = at % w, y = at / w;
            Visit(x - 1, y);
            Visit(x + 1, y);
            Visit(x, y - 1);
            Visit(x, y + 1);
        }
        return w * h - reached;

        void Visit(int x, int y)
        {
            if (x < 0 || y < 0 || x >= w || y >= h || outside[y * w + x])
                return;
            int px = x0 + x, py = y0 + y;
            if (px >= 0 && py >= 0 && px < width && py < height && label[py * width + px] == zone)
                return;
            outside[y * w + x] = true;
            open.Push(y * w + x);
        }
    }
}
