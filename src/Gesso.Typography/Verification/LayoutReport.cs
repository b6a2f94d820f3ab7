using Gesso.Typography.Rendering;

namespace Gesso.Typography.Verification;

/// <summary>What is true of every text that is laid well, whatever its language; no reading of pixels is needed for it.</summary>
public enum LayoutRule
{
    /// <summary>Every character has a glyph.</summary>
    Glyphs,

    /// <summary>Every grapheme is in exactly one cluster of exactly one line.</summary>
    Clusters,

    /// <summary>Letters are seen in the order of the bidirectional algorithm.</summary>
    Order,

    /// <summary>All ink is inside the picture.</summary>
    Clipping,

    /// <summary>All ink is inside its region.</summary>
    Region,

    /// <summary>No letters on other letters.</summary>
    Overlap,

    /// <summary>WCAG contrast.</summary>
    Contrast,
}

/// <param name="Message">A sentence.</param>
public sealed record LayoutProblem(LayoutRule Rule, string Message);

/// <param name="Layer">Its name.</param>
/// <param name="Size">Of the em in pixels.</param>
/// <param name="Lines">How many.</param>
/// <param name="Graphemes">How many were looked at.</param>
public sealed record LayerCheck(string Layer, double Size, int Lines, int Graphemes, ContrastFinding Contrast, IReadOnlyList<LayoutProblem> Problems);

public sealed record LayoutReport(IReadOnlyList<LayerCheck> Layers)
{
    public bool Passed => Layers.All(layer => layer.Problems.Count == 0);
}
