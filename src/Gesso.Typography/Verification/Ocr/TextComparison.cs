using System.Globalization;
using System.Text;
using ICU4N.Text;

namespace Gesso.Typography.Verification.Ocr;

/// <summary>One line as it should be and as it was read.</summary>
/// <param name="Expected">Normalised.</param>
/// <param name="Read">Normalised.</param>
/// <param name="Glyphs">Graphemes of <paramref name="Expected"/>.</param>
/// <param name="Errors">Graphemes to change, insert or leave out until the two are the same, at most <paramref name="Glyphs"/>.</param>
public sealed record LineScore(string Expected, string Read, int Glyphs, int Errors, double? Confidence)
{
    public bool Exact => Expected == Read;

    /// <summary>Which reading of the line this is, from 1: what is misread is read again.</summary>
    public int Looks { get; init; } = 1;

    /// <summary>1 − edit distance / length, not below 0.</summary>
    public double GlyphAccuracy => Glyphs == 0 ? (Exact ? 1 : 0) : 1 - (double)Errors / Glyphs;
}

/// <summary>When two texts are the same to a reader.</summary>
public static class TextComparison
{
    private const char Tatweel = '\u0640';

    /// <summary>ICU's: the runtime composes nothing where globalisation is invariant.</summary>
    private static readonly Normalizer2 Compatible = Normalizer2.NFKCInstance;

    public static LineScore Score(string expected, LineReading reading, OcrScript script)
    {
        ArgumentNullException.ThrowIfNull(reading);
        string[] wanted = Graphemes(Normalize(expected, script)), got = Graphemes(Normalize(reading.Text, script));
        int errors = Math.Min(wanted.Length, Distance(wanted, got));
        return new LineScore(string.Concat(wanted), string.Concat(got), wanted.Length, errors, reading.Confidence);
    }

    /// <summary>
    /// Compatibility forms are one letter (NFKC), marks that no one sees are dropped (directions, joiners, tatweel), runs of spaces are one, and in
    /// scripts without spaces there are none.
    /// </summary>
    public static string Normalize(string text, OcrScript script)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool spaces = !OcrScriptProfile.Of(script).IgnoresSpaces;
        var result = new StringBuilder();
        bool gap = false;
        foreach (char c in Compatible.Normalize(text))
        {
            if (char.IsWhiteSpace(c))
            {
                gap = true;
            }
            else if (c != Tatweel && CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.Control))
            {
                if (gap && spaces && result.Length > 0)
                    result.Append(' ');
                gap = false;
                result.Append(c);
            }
        }
        return result.ToString();
    }

    /// <summary>Levenshtein's: neighbours that changed places are two errors, as papers on OCR count them.</summary>
    private static int Distance(string[] a, string[] b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }

    private static string[] Graphemes(string text)
    {
        int[] starts = StringInfo.ParseCombiningCharacters(text);
        return [.. starts.Select((start, i) => text[start..(i + 1 < starts.Length ? starts[i + 1] : text.Length)])];
    }
}
