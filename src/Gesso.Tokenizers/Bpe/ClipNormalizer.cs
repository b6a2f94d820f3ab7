using System.Text;
using Gesso.Tokenizers.Unicode;

namespace Gesso.Tokenizers.Bpe;

/// <summary>
/// What CLIP does to text before it cuts words: form C, runs of white space to one space, lower case of each character by itself
/// (so final sigma stays σ, and İ becomes i and U+0307 as in the Unicode Character Database's SpecialCasing.txt).
/// </summary>
internal sealed record ClipNormalizer(bool Compose, bool CollapseSpace, bool Lowercase)
{
    public static readonly ClipNormalizer Published = new(Compose: true, CollapseSpace: true, Lowercase: true);

    /// <summary>Normalises well-formed text that starts at <paramref name="offset"/> of the original.</summary>
    public MappedText Apply(ReadOnlySpan<char> text, int offset)
    {
        var composed = new MappedText(text.Length);
        if (Compose)
        {
            CanonicalComposition.Append(text, offset, composed);
        }
        else
        {
            for (var i = 0; i < text.Length; i++)
            {
                composed.Append(text[i], offset + i);
            }
        }

        var result = new MappedText(composed.Length);
        for (var i = 0; i < composed.Length;)
        {
            _ = Rune.DecodeFromUtf16(composed.Text[i..], out var rune, out var length);
            Append(result, rune, composed.Origin(i));
            i += length;
            while (CollapseSpace && Rune.IsWhiteSpace(rune) && i < composed.Length && char.IsWhiteSpace(composed.Text[i]))
            {
                i++;
            }
        }

        return result;
    }

    private void Append(MappedText result, Rune rune, int origin)
    {
        const int CapitalIWithDot = 0x130;
        if (CollapseSpace && Rune.IsWhiteSpace(rune))
        {
            result.Append(' ', origin);
        }
        else if (Lowercase && rune.Value == CapitalIWithDot)
        {
            result.Append("i\u0307", origin);
        }
        else
        {
            result.Append(Lowercase ? Rune.ToLowerInvariant(rune) : rune, origin);
        }
    }
}
