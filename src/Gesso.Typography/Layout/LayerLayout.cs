using Gesso.Typography.Document;
using SkiaSharp;

namespace Gesso.Typography.Layout;

/// <summary>A layer with every glyph in its place.</summary>
public sealed record LayerLayout
{
    public required TextLayer Layer { get; init; }

    /// <summary>Of the em in pixels: the layer's, or what fitted.</summary>
    public required double Size { get; init; }

    public required IReadOnlyList<LaidOutLine> Lines { get; init; }

    /// <summary>From the flat region to the picture.</summary>
    internal SKMatrix ToPicture { get; init; }

    /// <summary>Width and height of the flat region in pixels.</summary>
    internal (double Width, double Height) Extent { get; init; }
}
