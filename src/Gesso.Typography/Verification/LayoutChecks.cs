using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Layout;
using Gesso.Typography.Rendering;
using Gesso.Typography.Shaping;
using SkiaSharp;

namespace Gesso.Typography.Verification;

/// <summary>Looks at finished layers for what must hold (<see cref="LayoutRule"/>), by other ways than those that made them.</summary>
public static class LayoutChecks
{
    private const float EdgeTolerance = 0.51f;
    private const double RegionTolerance = 1;
    private const byte Solid = 128;

    public static LayoutReport Of(IReadOnlyList<RenderedLayer> layers, ImageSize picture)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return new LayoutReport([.. layers.Select((layer, i) => Check(layer, layers.Take(i), picture))]);
    }

    private static LayerCheck Check(RenderedLayer layer, IEnumerable<RenderedLayer> below, ImageSize picture)
    {
        List<LayoutProblem> problems = [];
        foreach (var line in layer.Lines)
            problems.AddRange(LineProblems(line));
        problems.AddRange(ParagraphProblems(layer.Layout));
        problems.AddRange(PlaceProblems(layer, picture));
        foreach (var other in below)
        {
            if (Touch(layer.Letters, other.Letters))
                problems.Add(new LayoutProblem(LayoutRule.Overlap, $"its letters stand on those of \"{other.Layer.Id}\""));
        }
        if (!layer.Contrast.IsEnough)
        {
            problems.Add(new LayoutProblem(
                LayoutRule.Contrast, $"its contrast with the picture is {layer.Contrast.Ratio:0.0}:1 where it is worst; {layer.Contrast.Required:0.#}:1 is needed at this size"));
        }
        int graphemes = layer.Lines.Sum(line => Segmentation.Graphemes(line.Text).Length);
        return new LayerCheck(layer.Layer.Id, layer.Layout.Size, layer.Lines.Count, graphemes, layer.Contrast, problems);
    }

    private static IEnumerable<LayoutProblem> LineProblems(LaidOutLine line)
    {
        var shaped = line.Shaped;
        foreach (var run in shaped.Runs)
        {
            if (run.Glyphs.Any(glyph => glyph.Id == 0))
                yield return new LayoutProblem(LayoutRule.Glyphs, $"a character of \"{line.Text}\" has no glyph in {run.Face.Title}");
        }
        List<int> seen = [];                                                                // clusters as the eye meets them
        foreach (var glyph in shaped.Runs.SelectMany(run => run.Glyphs))
        {
            if (seen.Count == 0 || seen[^1] != glyph.Cluster)
                seen.Add(glyph.Cluster);
        }
        int[] starts = [.. seen.Order()];
        bool once = starts.Distinct().Count() == starts.Length && (starts.Length == 0 ? shaped.Start == shaped.End : starts[0] == shaped.Start && starts[^1] < shaped.End);
        if (!once || starts.Any(start => Array.BinarySearch(line.Source.Graphemes, start) < 0))
        {
            yield return new LayoutProblem(LayoutRule.Clusters, $"the glyphs of \"{line.Text}\" do not stand for each of its characters once");
            yield break;
        }
        if (!seen.SequenceEqual(ExpectedOrder(line, starts)))
            yield return new LayoutProblem(LayoutRule.Order, $"\"{line.Text}\" is not in the order of the bidirectional algorithm");
    }

    /// <summary>Rule L2 applied to single characters, then characters to the clusters that hold them.</summary>
    private static List<int> ExpectedOrder(LaidOutLine line, int[] starts)
    {
        var (source, start, end) = (line.Source, line.Shaped.Start, line.Shaped.End);
        byte[] levels = Bidi.Levels(source.Text, source.BaseLevel, out _)[start..end];
        Bidi.ResetBlanks(source.Text, start, levels, source.BaseLevel);
        List<int> expected = [];
        foreach (int i in Bidi.VisualOrder(levels))
        {
            int place = Array.BinarySearch(starts, start + i);
            int cluster = starts[place < 0 ? ~place - 1 : place];
            if (expected.Count == 0 || expected[^1] != cluster)
                expected.Add(cluster);
        }
        return expected;
    }

    /// <summary>Lines follow each other and leave out nothing but blanks.</summary>
    private static IEnumerable<LayoutProblem> ParagraphProblems(LayerLayout layout)
    {
        foreach (var paragraph in layout.Lines.GroupBy(line => line.Paragraph))
        {
            string text = paragraph.First().Source.Text;
            int at = 0;
            foreach (var line in paragraph)
            {
                if (line.Shaped.Start < at || !string.IsNullOrWhiteSpace(text[at..line.Shaped.Start]))
                    yield return new LayoutProblem(LayoutRule.Clusters, $"between two lines of \"{text}\" something is lost or twice there");
                at = line.Shaped.End;
            }
            if (!string.IsNullOrWhiteSpace(text[at..]))
                yield return new LayoutProblem(LayoutRule.Clusters, $"the end of \"{text}\" is lost");
        }
    }

    private static IEnumerable<LayoutProblem> PlaceProblems(RenderedLayer layer, ImageSize picture)
    {
        var ink = layer.InkBounds;
        if (ink.IsEmpty)
            yield break;
        if (ink.Left < -EdgeTolerance || ink.Top < -EdgeTolerance || ink.Right > picture.Width + EdgeTolerance || ink.Bottom > picture.Height + EdgeTolerance)
        {
            yield return new LayoutProblem(
                LayoutRule.Clipping, $"its ink reaches from {ink.Left:0.#}, {ink.Top:0.#} to {ink.Right:0.#}, {ink.Bottom:0.#}, and the picture is {picture}: it is cut off");
        }
        if (layer.Layer.Region is BoxRegion { Rotation: 0 } box && layer.Layer.Mode == WritingMode.Horizontal)
        {
            double slack = RegionTolerance + 0.02 * layer.Layout.Size;
            if (ink.Left < box.X - slack || ink.Top < box.Y - slack || ink.Right > box.X + box.Width + slack || ink.Bottom > box.Y + box.Height + slack)
            {
                yield return new LayoutProblem(
                    LayoutRule.Region, $"its ink reaches from {ink.Left:0.#}, {ink.Top:0.#} to {ink.Right:0.#}, {ink.Bottom:0.#}, out of its box of {box.Width:0.#}x{box.Height:0.#} at {box.X:0.#}, {box.Y:0.#}");
            }
        }
    }

    private static bool Touch(MaskPlane a, MaskPlane b)
    {
        var shared = SKRectI.Intersect(a.Bounds, b.Bounds);
        for (int y = shared.Top; y < shared.Bottom; y++)
        {
            var left = a.Row(y)[(shared.Left - a.Bounds.Left)..];
            var right = b.Row(y)[(shared.Left - b.Bounds.Left)..];
            for (int x = 0; x < shared.Width; x++)
            {
                if (left[x] >= Solid && right[x] >= Solid)
                    return true;
            }
        }
        return false;
    }
}
