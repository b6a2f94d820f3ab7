using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Shaping;

namespace Gesso.Typography.Layout;

public enum TextDirection
{
    LeftToRight,
    RightToLeft,

    /// <summary>A column; the next one stands to its left.</summary>
    TopToBottom,
}

/// <summary>A line where it stands in the picture.</summary>
public sealed record LaidOutLine
{
    /// <summary>In logical order, without the blanks at its end.</summary>
    public required string Text { get; init; }

    /// <summary>0-based paragraph of the layer.</summary>
    public required int Paragraph { get; init; }

    public required TextDirection Direction { get; init; }

    /// <summary>Of the em, in pixels.</summary>
    public required double Size { get; init; }

    /// <summary>From the pen's start to its end, from the highest to the lowest ink: clockwise from the text's top left, in pixels of the picture.</summary>
    public required IReadOnlyList<TextPoint> Corners { get; init; }

    /// <summary>Titles of the fonts it is set in, in order of appearance.</summary>
    public required IReadOnlyList<string> Fonts { get; init; }

    internal ShapedParagraph Source { get; init; } = null!;

    internal ShapedLine Shaped { get; init; } = null!;

    internal IReadOnlyList<PlacedRun> Runs { get; init; } = [];
}

/// <summary>Glyphs of one font in one line, each with its place.</summary>
internal sealed record PlacedRun(FontFace Face, PlacedGlyph[] Glyphs);

/// <summary>A glyph's origin, in pixels of the flat region (of the picture, for text along a curve).</summary>
/// <param name="Cos">Of the angle it is turned by, clockwise.</param>
internal readonly record struct PlacedGlyph(ushort Id, float X, float Y, float Cos = 1, float Sin = 0);
