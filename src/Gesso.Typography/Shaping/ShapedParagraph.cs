using Gesso.Typography.Document;
using Gesso.Typography.Fonts;

namespace Gesso.Typography.Shaping;

/// <summary>
/// A paragraph in all sizes at once: where it may be divided, how far each character moves the pen, and, on demand, the glyphs of any part of it as a line.
/// </summary>
internal sealed class ShapedParagraph
{
    private readonly Dictionary<(int, int), ShapedLine> _lines = [];
    private readonly List<TextItem> _items;
    private readonly byte[] _levels;
    private readonly float[] _pen;
    private readonly bool[] _graphemeStarts;
    private readonly string? _language;
    private readonly float _tracking;
    private readonly FontChain _fonts;

    /// <param name="text">Without line feeds.</param>
    /// <param name="tracking">In ems.</param>
    public ShapedParagraph(string text, TextLayer layer, FontChain fonts, float tracking)
    {
        Text = text;
        Graphemes = Segmentation.Graphemes(text);
        _fonts = fonts;
        _language = layer.Language;
        _tracking = tracking;
        _levels = Bidi.Levels(text, Scripts.IsRightToLeft(layer.Language) ? 1 : -1, out byte level);
        BaseLevel = level;
        _items = Itemizer.Itemize(text, Graphemes, _levels, fonts, layer.Mode);
        Breaks = text.Length == 0 ? [0] : Segmentation.LineBreaks(text);
        _graphemeStarts = new bool[text.Length + 1];
        foreach (int start in Graphemes)
            _graphemeStarts[start] = true;
        _pen = Measure();
    }

    public string Text { get; }

    /// <summary>UTF-16 indices.</summary>
    public int[] Graphemes { get; }

    /// <summary>Ends of possible lines; the last is the text's length.</summary>
    public IReadOnlyList<int> Breaks { get; }

    /// <summary>1: from right to left.</summary>
    public byte BaseLevel { get; }

    public IReadOnlyList<TextItem> Items => _items;

    /// <summary>How long a part is as a line, in ems: exact but for what changes at its ends, blanks there not counted.</summary>
    public float Width(int start, int end)
    {
        end = TrimmedEnd(start, end);
        return end <= start ? 0 : _pen[end] - _pen[start] - TrackingAfter(end);
    }

    /// <summary>Without the blanks at the end.</summary>
    public int TrimmedEnd(int start, int end)
    {
        while (end > start && char.IsWhiteSpace(Text[end - 1]) && Text[end - 1] != '\u00A0')
            end--;
        return end;
    }

    /// <summary>The glyphs of a line in the order in which they are seen, blanks at its end left out, tracking added.</summary>
    public ShapedLine Line(int start, int end)
    {
        end = TrimmedEnd(start, end);
        if (_lines.TryGetValue((start, end), out var known))
            return known;
        byte[] levels = _levels[start..end];
        Bidi.ResetBlanks(Text, start, levels, BaseLevel);
        List<TextItem> parts = [];
        foreach (var item in _items)
        {
            int from = Math.Max(item.Start, start), to = Math.Min(item.End, end);
            while (from < to)
            {
                int next = from + 1;
                while (next < to && levels[next - start] == levels[from - start])
                    next++;
                parts.Add(item with { Start = from, Length = next - from, Level = levels[from - start] });
                from = next;
            }
        }
        int[] order = Bidi.VisualOrder([.. parts.Select(part => part.Level)]);
        var runs = order.Select((part, place) => Track(Shape(parts[part], start, end), endsLine: place == order.Length - 1));
        return _lines[(start, end)] = new ShapedLine(start, end, [.. runs]);
    }

    private ShapedRun Shape(TextItem item, int from, int to)
    {
        var run = RunShaper.Shape(Text, item, _language, _tracking != 0, from, to);
        foreach (var glyph in run.Glyphs)
        {
            if (glyph.Id != 0)
                continue;
            int g = Array.BinarySearch(Graphemes, glyph.Cluster);
            g = g < 0 ? ~g - 1 : g;
            int end = g + 1 < Graphemes.Length ? Graphemes[g + 1] : Text.Length;
            throw _fonts.Missing(Text.AsSpan(Graphemes[g], end - Graphemes[g]), item.Script);
        }
        return run;
    }

    /// <summary>The way of the pen before each index, over the paragraph as if it were one line.</summary>
    private float[] Measure()
    {
        float[] moves = new float[Text.Length];
        foreach (var item in _items)
        {
            foreach (var glyph in Shape(item, 0, Text.Length).Glyphs)
                moves[glyph.Cluster] += glyph.Advance;
            for (int i = item.Start; i < item.End; i++)
                moves[i] += _graphemeStarts[i] && IsTracked(item) ? _tracking : 0;
        }
        Spread(moves);
        float[] pen = new float[Text.Length + 1];
        for (int i = 0; i < moves.Length; i++)
            pen[i + 1] = pen[i] + moves[i];
        return pen;
    }

    /// <summary>A ligature's width belongs to all its letters, so that a break inside of it is not free.</summary>
    private void Spread(float[] moves)
    {
        for (int i = 0; i < moves.Length; i++)
        {
            int end = i + 1;
            while (end < moves.Length && moves[end] == 0 && _graphemeStarts[end])
                end++;
            float share = moves[i] / (end - i);
            if (end > i + 1)
                moves.AsSpan(i, end - i).Fill(share);
            i = end - 1;
        }
    }

    /// <summary>Letters set apart: the last glyph of each cluster moves the pen further, except at the end of the line.</summary>
    private ShapedRun Track(ShapedRun run, bool endsLine)
    {
        if (_tracking == 0 || !IsTracked(run.Item))
            return run;
        var glyphs = (ShapedGlyph[])run.Glyphs.Clone();
        for (int i = 0; i < glyphs.Length; i++)
        {
            bool last = i + 1 == glyphs.Length;
            if (last ? !endsLine : glyphs[i + 1].Cluster != glyphs[i].Cluster)
                glyphs[i] = glyphs[i] with { Advance = glyphs[i].Advance + _tracking };
        }
        return new ShapedRun(run.Item, glyphs);
    }

    private float TrackingAfter(int end)
    {
        foreach (var item in _items)
        {
            if (item.Start < end && end <= item.End)
                return IsTracked(item) ? _tracking : 0;
        }
        return 0;
    }

    private static bool IsTracked(TextItem item) => !Scripts.IsJoined(item.Script);
}
