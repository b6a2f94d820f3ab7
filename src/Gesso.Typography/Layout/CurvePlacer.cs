using Gesso.Typography.Document;
using Gesso.Typography.Shaping;
using SkiaSharp;

namespace Gesso.Typography.Layout;

/// <summary>A line along a path: each cluster stays rigid and is turned to the path's direction at its middle.</summary>
internal static class CurvePlacer
{
    public static LaidOutLine Place(ShapedParagraph paragraph, ShapedLine line, TextLayer layer, double size, SKPathMeasure path)
    {
        bool rtl = paragraph.BaseLevel % 2 == 1;
        double free = Math.Max(path.Length - line.Needed * size, 0);
        double pen = line.OverhangStart * size + layer.Align switch
        {
            TextAlign.Center => free / 2,
            TextAlign.End => rtl ? 0 : free,
            _ => rtl ? free : 0,
        };
        List<PlacedRun> runs = [];
        foreach (var run in line.Runs)
        {
            var glyphs = new PlacedGlyph[run.Glyphs.Length];
            for (int i = 0; i < glyphs.Length;)
            {
                int end = i + 1;
                while (end < glyphs.Length && run.Glyphs[end].Cluster == run.Glyphs[i].Cluster)
                    end++;
                double width = run.Glyphs[i..end].Sum(g => g.Advance) * size;
                path.GetPositionAndTangent((float)Math.Clamp(pen + width / 2, 0, path.Length), out SKPoint at, out SKPoint along);
                double x = -width / 2;
                for (; i < end; i++)
                {
                    var glyph = run.Glyphs[i];
                    double right = x + glyph.OffsetX * size, up = glyph.OffsetY * size;
                    glyphs[i] = new PlacedGlyph(
                        glyph.Id, (float)(at.X + along.X * right + along.Y * up), (float)(at.Y + along.Y * right - along.X * up), along.X, along.Y);
                    x += glyph.Advance * size;
                }
                pen += width;
            }
            runs.Add(new PlacedRun(run.Face, glyphs));
        }
        return new LaidOutLine
        {
            Text = paragraph.Text[line.Start..line.End],
            Paragraph = 0,
            Direction = rtl ? TextDirection.RightToLeft : TextDirection.LeftToRight,
            Size = size,
            Corners = Bounds(runs, size),
            Fonts = [.. runs.Select(run => run.Face.Title).Distinct()],
            Source = paragraph,
            Shaped = line,
            Runs = runs,
        };
    }

    /// <summary>An upright box around all of it.</summary>
    private static TextPoint[] Bounds(List<PlacedRun> runs, double size)
    {
        var glyphs = runs.SelectMany(run => run.Glyphs).ToList();
        if (glyphs.Count == 0)
            return [default, default, default, default];
        double left = glyphs.Min(g => g.X) - size / 4, right = glyphs.Max(g => g.X) + size, top = glyphs.Min(g => g.Y) - size, bottom = glyphs.Max(g => g.Y) + size / 2;
        return [new(left, top), new(right, top), new(right, bottom), new(left, bottom)];
    }
}
