using System.Text;

namespace Gesso.Tokenizers.Unicode;

/// <summary>
/// Normalisation form C (Unicode Standard Annex 15): decompose, order the marks, compose.
/// Ours because <see cref="string.Normalize()"/> changes nothing under invariant globalization, and because the reference normalises by Unicode 9.
/// </summary>
internal static class CanonicalComposition
{
    /// <summary>No character below this one changes or combines.</summary>
    private const char FirstMark = '\u0300';

    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28, SyllableCount = LeadCount * VowelCount * TrailCount;

    /// <summary>Appends the composed form of well-formed text; time O(n log n) also for long runs of marks.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <param name="offset">Where the text starts in the original.</param>
    /// <param name="output">Receives the composed form.</param>
    public static void Append(ReadOnlySpan<char> text, int offset, MappedText output)
    {
        if (!text.ContainsAnyExceptInRange('\0', (char)(FirstMark - 1)))
        {
            for (var i = 0; i < text.Length; i++)
            {
                output.Append(text[i], offset + i);
            }

            return;
        }

        var letters = new List<Letter>(text.Length);
        for (var i = 0; i < text.Length;)
        {
            _ = Rune.DecodeFromUtf16(text[i..], out var rune, out var consumed);
            Decompose(rune.Value, offset + i, letters);
            i += consumed;
        }

        var span = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(letters);
        OrderMarks(span);
        foreach (var letter in span[..Compose(span)])
        {
            output.Append(new Rune(letter.CodePoint), letter.Origin);
        }
    }

    private static void Decompose(int codePoint, int origin, List<Letter> letters)
    {
        var syllable = codePoint - SyllableBase;
        if (syllable is >= 0 and < SyllableCount)
        {
            letters.Add(new Letter(LeadBase + syllable / (VowelCount * TrailCount), 0, origin));
            letters.Add(new Letter(VowelBase + syllable % (VowelCount * TrailCount) / TrailCount, 0, origin));
            if (syllable % TrailCount > 0)
            {
                letters.Add(new Letter(TrailBase + syllable % TrailCount, 0, origin));
            }
        }
        else if (codePoint >= 0xC0 && CanonicalData.Instance.TryDecompose(codePoint, out var parts))
        {
            Decompose(parts.First, origin, letters);
            if (parts.Second != 0)
            {
                letters.Add(new Letter(parts.Second, CanonicalData.Instance.Class(parts.Second), origin));
            }
        }
        else
        {
            letters.Add(new Letter(codePoint, codePoint < FirstMark ? (byte)0 : CanonicalData.Instance.Class(codePoint), origin));
        }
    }

    /// <summary>Sorts each run of marks by class, equal classes staying in order.</summary>
    private static void OrderMarks(Span<Letter> letters)
    {
        for (var i = 0; i < letters.Length; i++)
        {
            var start = i;
            while (i < letters.Length && letters[i].Class != 0)
            {
                i++;
            }

            if (i - start < 2)
            {
                continue;
            }

            var run = letters[start..i];
            var keys = new long[run.Length];
            for (var k = 0; k < keys.Length; k++)
            {
                keys[k] = ((long)run[k].Class << 32) | (uint)k;
            }

            keys.AsSpan().Sort(run);
        }
    }

    /// <summary>Composes in place and returns the new length.</summary>
    private static int Compose(Span<Letter> letters)
    {
        var (length, starter, lastClass) = (0, -1, 0);
        foreach (var letter in letters)
        {
            if (starter >= 0 && (lastClass < letter.Class || lastClass == 0) && TryCompose(letters[starter].CodePoint, letter.CodePoint, out var composed))
            {
                letters[starter] = letters[starter] with { CodePoint = composed };
                continue;
            }

            if (letter.Class == 0)
            {
                starter = length;
            }

            lastClass = letter.Class;
            letters[length++] = letter;
        }

        return length;
    }

    private static bool TryCompose(int first, int second, out int composed)
    {
        var (lead, vowel) = (first - LeadBase, second - VowelBase);
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            composed = SyllableBase + (lead * VowelCount + vowel) * TrailCount;
            return true;
        }

        var (syllable, trail) = (first - SyllableBase, second - TrailBase);
        if (syllable is >= 0 and < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            composed = first + trail;
            return true;
        }

        return CanonicalData.Instance.TryCompose(first, second, out composed);
    }

    private readonly record struct Letter(int CodePoint, byte Class, int Origin);
}
