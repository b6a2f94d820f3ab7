using HarfBuzzSharp;

namespace Gesso.Typography.Shaping;

/// <summary>A line in ems, with what its ink covers.</summary>
internal sealed class ShapedLine
{
    public ShapedLine(int start, int end, ShapedRun[] runs)
    {
        Start = start;
        End = end;
        Runs = runs;
        float pen = 0, left = 0, right = 0;
        foreach (var run in runs)
        {
            foreach (var glyph in run.Glyphs)
            {
                if (!run.Item.Upright && run.Face.Shaper.TryGetGlyphExtents(glyph.Id, out GlyphExtents ink) && ink.Width != 0)
                {
                    float em = 1f / run.Face.UnitsPerEm, x = pen + glyph.OffsetX + ink.XBearing * em;
                    left = Math.Min(left, x);
                    right = Math.Max(right, x + ink.Width * em);
                    Top = Math.Max(Top, glyph.OffsetY + ink.YBearing * em);
                    Bottom = Math.Max(Bottom, -(glyph.OffsetY + (ink.YBearing + ink.Height) * em));
                }
                pen += glyph.Advance;
            }
        }
        Advance = pen;
        OverhangStart = -left;
        OverhangEnd = Math.Max(right - pen, 0);
    }

    /// <summary>UTF-16 index in the paragraph.</summary>
    public int Start { get; }

    public int End { get; }

    /// <summary>From left to right, or from top to bottom.</summary>
    public ShapedRun[] Runs { get; }

    public float Advance { get; }

    /// <summary>Ink left of the pen's start.</summary>
    public float OverhangStart { get; }

    /// <summary>Ink right of the pen's end.</summary>
    public float OverhangEnd { get; }

    /// <summary>Ink above the baseline.</summary>
    public float Top { get; }

    /// <summary>Ink below the baseline.</summary>
    public float Bottom { get; }

    /// <summary>What it needs of the width of its place.</summary>
    public float Needed => Advance + OverhangStart + OverhangEnd;
}
