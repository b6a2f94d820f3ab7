using System.Globalization;
using System.Text;

namespace Gesso.Tokenizers.Bpe;

/// <summary>
/// Cuts normalised text into the words of CLIP: special spellings, English contractions, runs of letters, single numbers, runs of anything else
/// but white space (openai/CLIP <c>simple_tokenizer.py</c>; the pattern is <see cref="Pattern"/>). Works on runes, so that letters and digits
/// outside the basic plane count as such.
/// </summary>
/// <param name="literals">Spellings that the pattern names before all else, for example <c>&lt;|endoftext|&gt;</c>.</param>
internal sealed class ClipWords(IReadOnlyList<string> literals)
{
    /// <summary>What follows the literals in the pattern of a tokenizer.json.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>The words of a stretch of text, in order.</summary>
    public List<Segment> Split(ReadOnlySpan<char> text, Segment stretch)
    {
        var words = new List<Segment>();
        text = text[..stretch.End];
        for (var i = stretch.Start; i < text.Length;)
        {
            if (LengthOfAny(literals, text[i..]) is > 0 and var literal)
            {
                // the reference splits a literal once more, by GPT-2's pattern, which knows no literals
                SplitOrdinary(text[..(i + literal)], i, words);
                i += literal;
            }
            else
            {
                i = Next(text, i, words);
            }
        }

        return words;
    }

    private static void SplitOrdinary(ReadOnlySpan<char> text, int start, List<Segment> words)
    {
        for (var i = start; i < text.Length;)
        {
            i = Next(text, i, words);
        }
    }

    private static int Next(ReadOnlySpan<char> text, int start, List<Segment> words)
    {
        var contraction = text[start] == '\'' ? LengthOfAny(Contractions, text[start..]) : 0;
        if (contraction > 0)
        {
            words.Add(new Segment(start, start + contraction));
            return start + contraction;
        }

        var kind = KindAt(text, start, out var length);
        var end = start + length;
        while (kind is Kind.Letter or Kind.Other && end < text.Length && KindAt(text, end, out length) == kind)
        {
            end += length;
        }

        if (kind != Kind.Space)
        {
            words.Add(new Segment(start, end));
        }

        return end;
    }

    private static int LengthOfAny(IReadOnlyList<string> candidates, ReadOnlySpan<char> text)
    {
        foreach (var candidate in candidates)
        {
            if (text.StartsWith(candidate))
            {
                return candidate.Length;
            }
        }

        return 0;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int index, out int length)
    {
        _ = Rune.DecodeFromUtf16(text[index..], out var rune, out length);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or
                UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other,
        };
    }
}
