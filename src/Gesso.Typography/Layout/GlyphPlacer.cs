using Gesso.Typography.Document;
using Gesso.Typography.Shaping;

namespace Gesso.Typography.Layout;

/// <summary>Lines in ems → glyphs in pixels of the flat region: alignment along and across, justification.</summary>
internal sealed class GlyphPlacer(TextLayer layer, RegionFrame frame, double size, LineSpacing spacing)
{
    public List<LaidOutLine> Rows(FlowedBlock block)
    {
        double top = RowsTop(block);
        return [.. block.Lines.Select(line => Row(line, top + line.At * size))];
    }

    public List<LaidOutLine> Columns(FlowedBlock block)
    {
        double free = frame.Width - block.Across * size;
        double right = frame.Width - layer.VerticalAlign switch
        {
            VerticalAlign.Middle => free / 2,
            VerticalAlign.Bottom => free,
            _ => 0,
        };
        return [.. block.Lines.Select(line => Column(line, right - line.At * size))];
    }

    /// <summary>In the middle means: capitals of the first line and the last baseline are as far from the region's sides, as far as the ink allows.</summary>
    private double RowsTop(FlowedBlock block)
    {
        double free = frame.Height - block.Across * size;
        if (layer.VerticalAlign == VerticalAlign.Top)
            return 0;
        if (layer.VerticalAlign == VerticalAlign.Bottom)
            return free;
        double above = (block.Lines[0].At - spacing.CapHeight) * size, below = block.Across * size - block.Lines[^1].At * size;
        return Math.Clamp((frame.Height - (block.Across * size - above - below)) / 2 - above, 0, Math.Max(free, 0));
    }

    private LaidOutLine Row(FlowedLine line, double baseline)
    {
        var shaped = line.Shaped;
        bool rtl = line.Source.BaseLevel % 2 == 1;
        double free = Math.Max(frame.Width - shaped.Needed * size, 0);
        var gaps = layer.Align == TextAlign.Justify && !line.IsLast ? Gaps(line) : [];
        double stretch = gaps.Count > 0 ? free / gaps.Count : 0;
        double start = shaped.OverhangStart * size + (gaps.Count > 0 ? 0 : Before(free, rtl));
        double pen = start;
        List<PlacedRun> runs = [];
        foreach (var run in shaped.Runs)
        {
            var glyphs = new PlacedGlyph[run.Glyphs.Length];
            for (int i = 0; i < glyphs.Length; i++)
            {
                var glyph = run.Glyphs[i];
                glyphs[i] = new PlacedGlyph(glyph.Id, (float)(pen + glyph.OffsetX * size), (float)(baseline - glyph.OffsetY * size));
                pen += glyph.Advance * size;
                bool lastOfCluster = i + 1 == glyphs.Length || run.Glyphs[i + 1].Cluster != glyph.Cluster;
                if (lastOfCluster && gaps.Contains(glyph.Cluster))
                    pen += stretch;
            }
            runs.Add(new PlacedRun(run.Face, glyphs));
        }
        double ascent = Math.Max(shaped.Top, spacing.CapHeight) * size, descent = shaped.Bottom * size;
        return Finished(line, runs, rtl ? TextDirection.RightToLeft : TextDirection.LeftToRight, start, baseline - ascent, pen, baseline + descent);
    }

    private LaidOutLine Column(FlowedLine line, double middle)
    {
        var shaped = line.Shaped;
        double start = Before(Math.Max(frame.Height - shaped.Needed * size, 0), false);
        double pen = start;
        List<PlacedRun> runs = [];
        foreach (var run in shaped.Runs)
        {
            var glyphs = new PlacedGlyph[run.Glyphs.Length];
            for (int i = 0; i < glyphs.Length; i++)
            {
                var glyph = run.Glyphs[i];
                glyphs[i] = run.Item.Upright
                    ? new PlacedGlyph(glyph.Id, (float)(middle + glyph.OffsetX * size), (float)(pen - glyph.OffsetY * size))
                    : new PlacedGlyph(glyph.Id, (float)(middle + (glyph.OffsetY - run.Face.CapHeight / 2) * size), (float)(pen + glyph.OffsetX * size), 0, 1);
                pen += glyph.Advance * size;
            }
            runs.Add(new PlacedRun(run.Face, glyphs));
        }
        return Finished(line, runs, TextDirection.TopToBottom, middle - size / 2, start, middle + size / 2, pen);
    }

    private double Before(double free, bool rtl) => layer.Align switch
    {
        TextAlign.Center => free / 2,
        TextAlign.End => rtl ? 0 : free,
        _ => rtl ? free : 0,
    };

    /// <summary>Clusters after which a justified line is stretched: blanks, or every character where a script has none.</summary>
    private static HashSet<int> Gaps(FlowedLine line)
    {
        string text = line.Source.Text;
        var (start, end) = (line.Shaped.Start, line.Shaped.End);
        HashSet<int> blanks = [.. Enumerable.Range(start, end - start).Where(i => text[i] is ' ' or '\u00A0' or '\u3000')];
        if (blanks.Count > 0)
            return blanks;
        var clusters = line.Shaped.Runs.Where(run => Scripts.IsCjk(run.Item.Script) || run.Item.Script == Scripts.Thai)
            .SelectMany(run => run.Glyphs).Select(glyph => glyph.Cluster).ToHashSet();
        if (line.Shaped.Runs is [.., { Glyphs: [.., var last] }])
            clusters.Remove(last.Cluster);
        return clusters;
    }

    private LaidOutLine Finished(FlowedLine line, List<PlacedRun> runs, TextDirection direction, double left, double top, double right, double bottom) => new()
    {
        Text = line.Source.Text[line.Shaped.Start..line.Shaped.End],
        Paragraph = line.Paragraph,
        Direction = direction,
        Size = size,
        Corners = [Map(left, top), Map(right, top), Map(right, bottom), Map(left, bottom)],
        Fonts = [.. runs.Select(run => run.Face.Title).Distinct()],
        Source = line.Source,
        Shaped = line.Shaped,
        Runs = runs,
    };

    private TextPoint Map(double x, double y)
    {
        var point = frame.ToPicture.MapPoint((float)x, (float)y);
        return new TextPoint(point.X, point.Y);
    }
}
