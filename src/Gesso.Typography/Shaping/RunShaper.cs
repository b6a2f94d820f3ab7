using HarfBuzzSharp;
using HbBuffer = HarfBuzzSharp.Buffer;

namespace Gesso.Typography.Shaping;

/// <summary>Characters → placed glyphs, by HarfBuzz. In ems and without hinting, so that a shape holds for every size.</summary>
internal static class RunShaper
{
    private static readonly Feature s_noLigatures = new(Tag.Parse("liga"), 0);
    private static readonly Feature s_noContextualLigatures = new(Tag.Parse("clig"), 0);

    /// <param name="text">The paragraph: what stands around the item decides how letters join.</param>
    /// <param name="item">What to shape.</param>
    /// <param name="language">BCP 47; null: unknown.</param>
    /// <param name="tracked">Letters will be set apart: none are tied together.</param>
    /// <param name="from">First index that may be seen as context; the start of the line.</param>
    /// <param name="to">Behind the last one.</param>
    public static ShapedRun Shape(string text, TextItem item, string? language, bool tracked, int from, int to)
    {
        using var buffer = new HbBuffer();
        buffer.AddUtf16(text.AsSpan(from, to - from), item.Start - from, item.Length);
        buffer.Direction = item.Upright ? Direction.TopToBottom : item.Level % 2 == 1 ? Direction.RightToLeft : Direction.LeftToRight;
        buffer.Script = item.Script;
        buffer.Language = new Language(language ?? "und");
        bool apart = tracked && !Scripts.IsJoined(item.Script);
        item.Face.Shaper.Shape(buffer, apart ? [s_noLigatures, s_noContextualLigatures] : []);
        var infos = buffer.GetGlyphInfoSpan();
        var positions = buffer.GetGlyphPositionSpan();
        float em = 1f / item.Face.UnitsPerEm;
        var glyphs = new ShapedGlyph[infos.Length];
        for (int i = 0; i < infos.Length; i++)
        {
            var position = positions[i];
            float advance = item.Upright ? -position.YAdvance : position.XAdvance;
            glyphs[i] = new ShapedGlyph((ushort)infos[i].Codepoint, (int)infos[i].Cluster + from, advance * em, position.XOffset * em, position.YOffset * em);
        }
        return new ShapedRun(item, glyphs);
    }
}
