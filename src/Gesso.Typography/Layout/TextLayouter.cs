using Gesso.Contracts.Errors;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Shaping;
using SkiaSharp;

namespace Gesso.Typography.Layout;

/// <summary>A layer → lines with every glyph in its place.</summary>
internal sealed class TextLayouter
{
    private const double SizeStep = 1.0 / 16;

    private readonly TextLayer _layer;
    private readonly FontChain _fonts;
    private readonly List<ShapedParagraph> _paragraphs;
    private readonly LineSpacing _spacing;

    private TextLayouter(TextLayer layer, FontLibrary library)
    {
        _layer = layer;
        string text = layer.Text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace('\t', ' ').Trim('\n');
        _fonts = new FontChain(library, layer.Font, layer.Language, text);
        _paragraphs = [.. text.Split('\n').Select(paragraph => new ShapedParagraph(paragraph, layer, _fonts, (float)layer.Tracking))];
        _spacing = new LineSpacing(layer, _fonts.First, _paragraphs);
    }

    /// <param name="layer">In pixels of the picture.</param>
    /// <exception cref="GessoException"><c>text_overflow</c>, <c>missing_glyph</c>, <c>font_not_found</c>.</exception>
    public static LayerLayout Layout(TextLayer layer, FontLibrary library)
    {
        try
        {
            var layouter = new TextLayouter(layer, library);
            return layer.Region is CurveRegion curve ? layouter.OnCurve(curve) : layouter.InFrame(RegionFrame.Of(layer.Region));
        }
        catch (GessoException e) when (e.Kind == ErrorKind.InvalidRequest)
        {
            throw new GessoException(e.Kind, e.Code, $"Text layer \"{layer.Id}\": {e.Message}", e);
        }
    }

    private bool Vertical => _layer.Mode == WritingMode.Vertical;

    private LayerLayout InFrame(RegionFrame frame)
    {
        double size = _layer.Size ?? LargestFit(frame, _layer.MinSize, _layer.MaxSize ?? Math.Min(Math.Max(frame.Height, frame.Width) * 2, TextLimits.LargestSize))
            ?? throw Overflow(frame, _layer.MinSize, "the smallest size allowed (min_size)");
        var block = FlowedBlock.TryFlow(_paragraphs, _layer, _spacing, frame.Width / size, frame.Height / size) ?? throw Overflow(frame, size, "its size");
        var placer = new GlyphPlacer(_layer, frame, size, _spacing);
        return new LayerLayout
        {
            Layer = _layer,
            Size = size,
            Extent = (frame.Width, frame.Height),
            ToPicture = frame.ToPicture,
            Lines = Vertical ? placer.Columns(block) : placer.Rows(block),
        };
    }

    /// <summary>The largest size at which everything fits, to a sixteenth of a pixel; null: not even the smallest.</summary>
    private double? LargestFit(RegionFrame frame, double least, double most)
    {
        bool Fits(double size) => FlowedBlock.TryFlow(_paragraphs, _layer, _spacing, frame.Width / size, frame.Height / size) is not null;
        if (!Fits(least))
            return null;
        if (Fits(most))
            return most;
        double low = least, high = most;
        while (high - low > SizeStep)
        {
            double middle = (low + high) / 2;
            if (Fits(middle))
                low = middle;
            else
                high = middle;
        }
        return Math.Max(Math.Floor(low / SizeStep) * SizeStep is var rounded && Fits(rounded) ? rounded : low, least);
    }

    private GessoException Overflow(RegionFrame frame, double size, string which)
    {
        string fits = LargestFit(frame, Math.Min(TextLimits.SmallestSize, size), size) is { } possible
            ? $"It fits at {Math.Floor(possible * 10) / 10:0.#} px: take that size, leave size out, shorten the text or enlarge the region."
            : "Shorten the text or enlarge the region.";
        return GessoException.Invalid(
            "text_overflow", $"the text does not fit into its region of {frame.Width:0.#}x{frame.Height:0.#} pixels at {size:0.#} px, {which}. {fits}");
    }

    private LayerLayout OnCurve(CurveRegion region)
    {
        if (_paragraphs.Count > 1)
            throw GessoException.Invalid("curve_lines", "a curve carries one line; the text has line feeds.");
        if (Vertical)
            throw GessoException.Invalid("curve_vertical", "a curve carries horizontal text; mode is vertical.");
        using var path = SKPath.ParseSvgPathData(region.Path);
        using var measure = new SKPathMeasure(path, false, 4);
        var paragraph = _paragraphs[0];
        var line = paragraph.Line(0, paragraph.Text.Length);
        double length = measure.Length, largest = length / Math.Max(line.Needed, 0.01);
        double size = _layer.Size ?? Math.Min(largest * 0.98, _layer.MaxSize ?? length / 4);
        if (size > largest || size < _layer.MinSize && _layer.Size is null)
        {
            throw GessoException.Invalid(
                "text_overflow", $"the text is {line.Needed * size:0.#} pixels long at {size:0.#} px, and its curve {length:0.#}. It fits at {Math.Floor(largest * 10) / 10:0.#} px, if min_size allows it.");
        }
        return new LayerLayout
        {
            Layer = _layer,
            Size = size,
            Extent = (length, size),
            ToPicture = SKMatrix.Identity,
            Lines = [CurvePlacer.Place(paragraph, line, _layer, size, measure)],
        };
    }
}
