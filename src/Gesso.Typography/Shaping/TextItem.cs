using System.Text;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;

namespace Gesso.Typography.Shaping;

/// <summary>A piece of a paragraph that is shaped as one: one font, script, direction.</summary>
/// <param name="Start">UTF-16 index in the paragraph.</param>
/// <param name="Level">Of bidi: odd runs from right to left.</param>
/// <param name="Upright">Stands upright in a column.</param>
internal readonly record struct TextItem(int Start, int Length, FontFace Face, uint Script, byte Level, bool Upright)
{
    public int End => Start + Length;
}

/// <summary>Divides paragraphs into items, grapheme by grapheme: none is ever divided between two fonts.</summary>
internal static class Itemizer
{
    public static List<TextItem> Itemize(string text, int[] graphemes, byte[] levels, FontChain fonts, WritingMode mode)
    {
        uint[] scripts = ResolveScripts(text, graphemes);
        List<TextItem> items = [];
        for (int g = 0; g < graphemes.Length; g++)
        {
            int start = graphemes[g], end = g + 1 < graphemes.Length ? graphemes[g + 1] : text.Length;
            var grapheme = text.AsSpan(start, end - start);
            Rune.DecodeFromUtf16(grapheme, out Rune first, out _);
            bool upright = mode == WritingMode.Vertical && Scripts.IsUpright(first);
            var previous = items.Count > 0 ? items[^1] : default;
            // blanks and punctuation are set as the words before them: an Arabic comma would not match a Latin stop
            bool follows = previous.Face is not null && grapheme.Length == 1 && (Rune.IsPunctuation(first) || first.Value == ' ') && previous.Face.Covers(first.Value);
            var face = follows ? previous.Face! : fonts.For(grapheme, scripts[g]);
            var item = new TextItem(start, end - start, face, scripts[g], levels[start], upright);
            if (previous.Face == face && previous.Script == item.Script && previous.Level == item.Level && previous.Upright == upright)
                items[^1] = previous with { Length = previous.Length + item.Length };
            else
                items.Add(item);
        }
        return items;
    }

    /// <summary>Each grapheme's script; blanks, digits and punctuation take that of what stands before them, at the start that of what follows.</summary>
    private static uint[] ResolveScripts(string text, int[] graphemes)
    {
        uint[] scripts = new uint[graphemes.Length];
        uint current = Scripts.Latin;
        bool known = false;
        for (int g = 0; g < graphemes.Length; g++)
        {
            int end = g + 1 < graphemes.Length ? graphemes[g + 1] : text.Length;
            foreach (Rune rune in text.AsSpan(graphemes[g], end - graphemes[g]).EnumerateRunes())
            {
                uint script = Scripts.Of(rune);
                if (Scripts.IsCommon(script))
                    continue;
                if (!known)
                    scripts.AsSpan(0, g).Fill(script);
                (current, known) = (script, true);
                break;
            }
            scripts[g] = current;
        }
        return scripts;
    }
}
