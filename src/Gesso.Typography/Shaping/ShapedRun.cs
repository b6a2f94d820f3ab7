using Gesso.Typography.Fonts;

namespace Gesso.Typography.Shaping;

/// <summary>A glyph and its place relative to the pen, in ems; y points up.</summary>
/// <param name="Cluster">UTF-16 index, in the paragraph, of the first character that it stands for.</param>
/// <param name="Advance">How far the pen moves: to the right, or down in an upright run.</param>
internal readonly record struct ShapedGlyph(ushort Id, int Cluster, float Advance, float OffsetX, float OffsetY);

/// <summary>Glyphs of one item, in the order in which they are seen: from left to right, in an upright run from top to bottom.</summary>
internal sealed record ShapedRun(TextItem Item, ShapedGlyph[] Glyphs)
{
    public FontFace Face => Item.Face;

    /// <summary>In ems.</summary>
    public float Advance { get; } = Glyphs.Sum(glyph => glyph.Advance);
}
