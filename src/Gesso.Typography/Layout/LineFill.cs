using Gesso.Typography.Shaping;

namespace Gesso.Typography.Layout;

/// <summary>
/// Divides a paragraph into as few lines as it needs, as even as they can be: the sum of the squares of what each lacks is the least possible (dynamic
/// programming over the places where a line may end; Knuth and Plass without stretching).
/// </summary>
internal static class LineFill
{
    /// <param name="paragraph">What to divide.</param>
    /// <param name="width">In ems.</param>
    /// <param name="freeLast">The last line may be short, as in a paragraph of a book.</param>
    /// <returns>Ends of the lines; null: a part that cannot be divided is wider.</returns>
    public static List<int>? Ends(ShapedParagraph paragraph, double width, bool freeLast)
    {
        var breaks = paragraph.Breaks;
        int count = breaks.Count;
        var best = new (int Lines, double Cost, int From)[count + 1];                          // best[j]: everything up to the j-th place
        for (int j = 1; j <= count; j++)
        {
            best[j] = (int.MaxValue, double.MaxValue, -1);
            for (int i = j - 1; i >= 0; i--)
            {
                double used = paragraph.Width(i == 0 ? 0 : breaks[i - 1], breaks[j - 1]);
                if (used > width)
                    break;
                if (best[i].Lines == int.MaxValue)
                    continue;
                double lacks = freeLast && j == count ? 0 : width - used;
                var (lines, cost) = (best[i].Lines + 1, best[i].Cost + lacks * lacks);
                if (lines < best[j].Lines || (lines == best[j].Lines && cost < best[j].Cost))
                    best[j] = (lines, cost, i);
            }
        }
        if (best[count].Lines == int.MaxValue)
            return null;
        List<int> ends = [];
        for (int j = count; j > 0; j = best[j].From)
            ends.Insert(0, breaks[j - 1]);
        return ends;
    }
}
