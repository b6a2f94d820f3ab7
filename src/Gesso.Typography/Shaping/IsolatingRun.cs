using ICU4N;
using ICU4N.Globalization;
using D = ICU4N.Globalization.UCharacterDirection;

namespace Gesso.Typography.Shaping;

/// <summary>One isolating run sequence (UAX #9, BD13): rules W1 to I2.</summary>
/// <param name="Indices">Places in the paragraph.</param>
/// <param name="Before">sos</param>
/// <param name="After">eos</param>
internal sealed record IsolatingRun(int[] Indices, byte Level, D Before, D After)
{
    private const int MostOpenBrackets = 63;

    public void Resolve(int[] points, D[] original, D[] resolved, byte[] levels)
    {
        var t = Array.ConvertAll(Indices, i => resolved[i]);
        Weak(t);
        Brackets(t, points, original);
        Neutral(t);
        for (int k = 0; k < t.Length; k++)                                                  // I1, I2
        {
            bool even = Level % 2 == 0;
            int raise = t[k] switch
            {
                D.LeftToRight => even ? 0 : 1,
                D.RightToLeft => even ? 1 : 0,
                _ => even ? 2 : 1,                                                          // EN, AN
            };
            levels[Indices[k]] = (byte)(Level + raise);
        }
    }

    private void Weak(D[] t)
    {
        for (int k = 0; k < t.Length; k++)                                                  // W1
        {
            if (t[k] != D.DirNonSpacingMark)
                continue;
            var previous = k == 0 ? Before : t[k - 1];
            t[k] = Bidi.IsInitiator(previous) || previous == D.PopDirectionalIsolate ? D.OtherNeutral : previous;
        }
        var strong = Before;
        for (int k = 0; k < t.Length; k++)                                                  // W2, then W3 at once: W2 looks only back
        {
            if (t[k] is D.LeftToRight or D.RightToLeft or D.RightToLeftArabic)
                strong = t[k];
            else if (t[k] == D.EuropeanNumber && strong == D.RightToLeftArabic)
                t[k] = D.ArabicNumber;
        }
        for (int k = 0; k < t.Length; k++)
        {
            if (t[k] == D.RightToLeftArabic)
                t[k] = D.RightToLeft;
        }
        for (int k = 1; k + 1 < t.Length; k++)                                              // W4
        {
            bool same = t[k - 1] == t[k + 1];
            if (same && t[k - 1] == D.EuropeanNumber && t[k] is D.EuropeanNumberSeparator or D.CommonNumberSeparator)
                t[k] = D.EuropeanNumber;
            else if (same && t[k - 1] == D.ArabicNumber && t[k] == D.CommonNumberSeparator)
                t[k] = D.ArabicNumber;
        }
        for (int k = 0; k < t.Length; k++)                                                  // W5
        {
            int end = k;
            while (end < t.Length && t[end] == D.EuropeanNumberTerminator)
                end++;
            if (end > k && ((k > 0 && t[k - 1] == D.EuropeanNumber) || (end < t.Length && t[end] == D.EuropeanNumber)))
                t.AsSpan(k, end - k).Fill(D.EuropeanNumber);
            k = Math.Max(k, end - 1);
        }
        strong = Before;
        for (int k = 0; k < t.Length; k++)                                                  // W6, W7
        {
            if (t[k] is D.EuropeanNumberSeparator or D.EuropeanNumberTerminator or D.CommonNumberSeparator)
                t[k] = D.OtherNeutral;
            else if (t[k] is D.LeftToRight or D.RightToLeft)
                strong = t[k];
            else if (t[k] == D.EuropeanNumber && strong == D.LeftToRight)
                t[k] = D.LeftToRight;
        }
    }

    /// <summary>N0: both brackets of a pair go with what they enclose, or with what stands before them.</summary>
    private void Brackets(D[] t, int[] points, D[] original)
    {
        var embedding = Level % 2 == 0 ? D.LeftToRight : D.RightToLeft;
        foreach (var (open, close) in BracketPairs(t, points))
        {
            bool same = false, other = false;
            for (int k = open + 1; k < close; k++)
            {
                if (Strong(t[k]) is not { } strong)
                    continue;
                same |= strong == embedding;
                other |= strong != embedding;
            }
            if (!same && !other)
                continue;
            var direction = embedding;
            if (!same)
            {
                var context = Before;
                for (int k = open - 1; k >= 0; k--)
                {
                    if (Strong(t[k]) is { } strong)
                    {
                        context = strong;
                        break;
                    }
                }
                direction = context == embedding ? embedding : context;
            }
            foreach (int bracket in (int[])[open, close])
            {
                t[bracket] = direction;
                for (int k = bracket + 1; k < t.Length && original[Indices[k]] == D.DirNonSpacingMark; k++)
                    t[k] = direction;
            }
        }
    }

    /// <summary>BD16, in the order of the opening brackets.</summary>
    private List<(int Open, int Close)> BracketPairs(D[] t, int[] points)
    {
        List<(int, int)> pairs = [];
        List<(int Closing, int At)> open = [];
        for (int k = 0; k < t.Length; k++)
        {
            if (t[k] != D.OtherNeutral)
                continue;
            int point = points[Indices[k]];
            switch (UChar.GetIntPropertyValue(point, UProperty.Bidi_Paired_Bracket_Type))
            {
                case BidiPairedBracketType.Open:
                    if (open.Count == MostOpenBrackets)
                        return Sorted();
                    open.Add((Canonical(UChar.GetBidiPairedBracket(point)), k));
                    break;
                case BidiPairedBracketType.Close:
                    int match = open.FindLastIndex(o => o.Closing == Canonical(point));
                    if (match >= 0)
                    {
                        pairs.Add((open[match].At, k));
                        open.RemoveRange(match, open.Count - match);
                    }
                    break;
            }
        }
        return Sorted();

        List<(int, int)> Sorted()
        {
            pairs.Sort();
            return pairs;
        }
    }

    /// <summary>U+2329 and U+232A are canonically equivalent to U+3008 and U+3009.</summary>
    private static int Canonical(int bracket) => bracket switch
    {
        0x2329 => 0x3008,
        0x232A => 0x3009,
        _ => bracket,
    };

    private void Neutral(D[] t)
    {
        var embedding = Level % 2 == 0 ? D.LeftToRight : D.RightToLeft;
        for (int k = 0; k < t.Length; k++)                                                  // N1, N2
        {
            int end = k;
            while (end < t.Length && IsNeutral(t[end]))
                end++;
            if (end == k)
                continue;
            var before = k == 0 ? Before : Strong(t[k - 1])!.Value;
            var after = end == t.Length ? After : Strong(t[end])!.Value;
            t.AsSpan(k, end - k).Fill(before == after ? before : embedding);
            k = end - 1;
        }
    }

    private static bool IsNeutral(D c) => c is D.BlockSeparator or D.SegmentSeparator or D.WhiteSpaceNeutral or D.OtherNeutral or D.PopDirectionalIsolate || Bidi.IsInitiator(c);

    /// <summary>As N0 to N2 see it: numbers count as right to left.</summary>
    private static D? Strong(D c) => c switch
    {
        D.LeftToRight => D.LeftToRight,
        D.RightToLeft or D.EuropeanNumber or D.ArabicNumber => D.RightToLeft,
        _ => null,
    };
}
