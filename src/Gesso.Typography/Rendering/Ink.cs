using Gesso.Typography.Document;

namespace Gesso.Typography.Rendering;

internal enum InkBlend
{
    Normal,

    /// <summary>What is below shows through: printing ink.</summary>
    Multiply,

    /// <summary>Light adds up: glow.</summary>
    Screen,
}

/// <summary>One colour through one mask; a layer is a few of them, the lowest first.</summary>
/// <param name="Colors">RGB of each pixel of the mask in place of <paramref name="Color"/>: glyphs that have colours of their own.</param>
internal sealed record Ink(MaskPlane Mask, InkColor Color, InkBlend Blend = InkBlend.Normal, byte[]? Colors = null);
