using ICU4N;
using ICU4N.Globalization;

namespace Gesso.Typography.Shaping;

/// <summary>
/// Directions of a paragraph by the Unicode Bidirectional Algorithm (UAX #9, revision 48): even levels run from left to right, odd ones from right to left.
/// Rule names in comments are the annex's. The managed ICU has the properties of characters but not the algorithm.
/// </summary>
internal static class Bidi
{
    private const int MostDepth = 125;

    /// <summary>The level of each UTF-16 unit of a paragraph.</summary>
    /// <param name="text">One paragraph.</param>
    /// <param name="paragraphLevel">0 or 1; −1: that of the first strong letter, else 0.</param>
    /// <param name="level">The paragraph's.</param>
    public static byte[] Levels(string text, int paragraphLevel, out byte level)
    {
        List<int> points = [], starts = [];
        for (int i = 0; i < text.Length; i++)
        {
            starts.Add(i);
            bool pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            points.Add(pair ? char.ConvertToUtf32(text[i], text[i + 1]) : text[i]);
            i += pair ? 1 : 0;
        }
        byte[] ofPoints = Levels([.. points], paragraphLevel, out level);
        byte[] levels = new byte[text.Length];
        for (int i = 0; i < ofPoints.Length; i++)
            levels.AsSpan(starts[i], (i + 1 < starts.Count ? starts[i + 1] : text.Length) - starts[i]).Fill(ofPoints[i]);
        return levels;
    }

    /// <summary>Of code points. Characters that rule X9 takes out have the level of what stands before them.</summary>
    public static byte[] Levels(int[] points, int paragraphLevel, out byte level)
    {
        var classes = Array.ConvertAll(points, Class);
        var pairs = IsolatePairs(classes);
        level = (byte)(paragraphLevel >= 0 ? paragraphLevel : FirstStrong(classes, pairs, 0, classes.Length) ?? 0);
        byte[] levels = new byte[points.Length];
        var resolved = (UCharacterDirection[])classes.Clone();
        Explicit(classes, resolved, pairs, levels, level);
        foreach (var sequence in IsolatingRuns(classes, pairs, levels, level))
            sequence.Resolve(points, classes, resolved, levels);
        byte last = level;
        for (int i = 0; i < levels.Length; i++)
            last = levels[i] = IsRemoved(classes[i]) ? last : levels[i];
        return levels;
    }

    /// <summary>Rule L1: blanks at the end of a line, and before tabs, go with the paragraph. Levels of the line are changed.</summary>
    public static void ResetBlanks(string text, int start, Span<byte> levels, byte paragraphLevel)
    {
        bool trailing = true;
        for (int i = levels.Length - 1; i >= 0; i--)
        {
            var c = Class(char.IsSurrogate(text[start + i]) ? 'a' : text[start + i]);
            if (c is UCharacterDirection.SegmentSeparator or UCharacterDirection.BlockSeparator)
                trailing = true;
            else if (!(c is UCharacterDirection.WhiteSpaceNeutral or UCharacterDirection.FirstStrongIsolate or UCharacterDirection.LeftToRightIsolate
                or UCharacterDirection.RightToLeftIsolate or UCharacterDirection.PopDirectionalIsolate || IsRemoved(c)))
                trailing = false;
            if (trailing)
                levels[i] = paragraphLevel;
        }
    }

    /// <summary>Rule L2: the order in which runs of these levels are seen, from left to right.</summary>
    public static int[] VisualOrder(ReadOnlySpan<byte> levels)
    {
        int[] order = new int[levels.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        int highest = 0, lowestOdd = MostDepth + 2;
        foreach (byte level in levels)
        {
            highest = Math.Max(highest, level);
            if (level % 2 == 1)
                lowestOdd = Math.Min(lowestOdd, level);
        }
        for (int level = highest; level >= lowestOdd; level--)
        {
            for (int i = 0; i < levels.Length; i++)
            {
                int start = i;
                while (i < levels.Length && levels[i] >= level)
                    i++;
                if (i > start)
                    Array.Reverse(order, start, i - start);
            }
        }
        return order;
    }

    internal static bool IsRemoved(UCharacterDirection c) => c is UCharacterDirection.BoundaryNeutral or UCharacterDirection.LeftToRightEmbedding
        or UCharacterDirection.RightToLeftEmbedding or UCharacterDirection.LeftToRightOverride or UCharacterDirection.RightToLeftOverride or UCharacterDirection.PopDirectionalFormat;

    internal static bool IsInitiator(UCharacterDirection c) =>
        c is UCharacterDirection.LeftToRightIsolate or UCharacterDirection.RightToLeftIsolate or UCharacterDirection.FirstStrongIsolate;

    private static UCharacterDirection Class(int point) => UChar.GetDirection(point);

    private static UCharacterDirection Class(char unit) => UChar.GetDirection(unit);

    /// <summary>BD9: for an initiator its PDI, or the length where it has none; for a PDI its initiator, or −1.</summary>
    private static int[] IsolatePairs(UCharacterDirection[] classes)
    {
        int[] pairs = new int[classes.Length];
        Stack<int> open = new();
        for (int i = 0; i < classes.Length; i++)
        {
            pairs[i] = -1;
            if (IsInitiator(classes[i]))
            {
                pairs[i] = classes.Length;
                open.Push(i);
            }
            else if (classes[i] == UCharacterDirection.PopDirectionalIsolate && open.TryPop(out int initiator))
            {
                pairs[i] = initiator;
                pairs[initiator] = i;
            }
        }
        return pairs;
    }

    /// <summary>P2 and P3: 0 or 1, null without a strong letter outside of isolates.</summary>
    private static int? FirstStrong(UCharacterDirection[] classes, int[] pairs, int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (classes[i] == UCharacterDirection.LeftToRight)
                return 0;
            if (classes[i] is UCharacterDirection.RightToLeft or UCharacterDirection.RightToLeftArabic)
                return 1;
            if (IsInitiator(classes[i]))
                i = pairs[i];
        }
        return null;
    }

    /// <summary>X1 to X8.</summary>
    private static void Explicit(UCharacterDirection[] classes, UCharacterDirection[] resolved, int[] pairs, byte[] levels, byte paragraph)
    {
        Stack<(byte Level, UCharacterDirection? Override, bool Isolate)> stack = new([(paragraph, null, false)]);
        int overflowIsolates = 0, overflowEmbeddings = 0, validIsolates = 0;
        for (int i = 0; i < classes.Length; i++)
        {
            var c = classes[i];
            switch (c)
            {
                case UCharacterDirection.LeftToRightEmbedding or UCharacterDirection.RightToLeftEmbedding or UCharacterDirection.LeftToRightOverride or UCharacterDirection.RightToLeftOverride:
                    {
                        levels[i] = stack.Peek().Level;
                        bool rtl = c is UCharacterDirection.RightToLeftEmbedding or UCharacterDirection.RightToLeftOverride;
                        int next = Next(stack.Peek().Level, rtl);
                        if (next <= MostDepth && overflowIsolates == 0 && overflowEmbeddings == 0)
                        {
                            UCharacterDirection? forced = c switch
                            {
                                UCharacterDirection.LeftToRightOverride => UCharacterDirection.LeftToRight,
                                UCharacterDirection.RightToLeftOverride => UCharacterDirection.RightToLeft,
                                _ => null,
                            };
                            stack.Push(((byte)next, forced, false));
                        }
                        else if (overflowIsolates == 0)
                        {
                            overflowEmbeddings++;
                        }
                        break;
                    }
                case UCharacterDirection.LeftToRightIsolate or UCharacterDirection.RightToLeftIsolate or UCharacterDirection.FirstStrongIsolate:
                    {
                        Place(i);
                        bool rtl = c == UCharacterDirection.RightToLeftIsolate
                            || (c == UCharacterDirection.FirstStrongIsolate && FirstStrong(classes, pairs, i + 1, pairs[i]) == 1);
                        int next = Next(stack.Peek().Level, rtl);
                        if (next <= MostDepth && overflowIsolates == 0 && overflowEmbeddings == 0)
                        {
                            validIsolates++;
                            stack.Push(((byte)next, null, true));
                        }
                        else
                        {
                            overflowIsolates++;
                        }
                        break;
                    }
                case UCharacterDirection.PopDirectionalIsolate:
                    if (overflowIsolates > 0)
                    {
                        overflowIsolates--;
                    }
                    else if (validIsolates > 0)
                    {
                        overflowEmbeddings = 0;
                        while (!stack.Pop().Isolate)
                        {
                            // what was opened inside ends with the isolate
                        }
                        validIsolates--;
                    }
                    Place(i);
                    break;
                case UCharacterDirection.PopDirectionalFormat:
                    levels[i] = stack.Peek().Level;
                    if (overflowIsolates > 0)
                        break;
                    if (overflowEmbeddings > 0)
                        overflowEmbeddings--;
                    else if (!stack.Peek().Isolate && stack.Count >= 2)
                        stack.Pop();
                    break;
                case UCharacterDirection.BlockSeparator:
                    levels[i] = paragraph;
                    break;
                case UCharacterDirection.BoundaryNeutral:
                    levels[i] = stack.Peek().Level;
                    break;
                default:
                    Place(i);
                    break;
            }
        }

        void Place(int i)
        {
            var top = stack.Peek();
            levels[i] = top.Level;
            resolved[i] = top.Override ?? resolved[i];
        }

        static int Next(byte level, bool rtl) => rtl ? level + 1 | 1 : level + 2 & ~1;
    }

    /// <summary>X10, BD13: runs of one level, joined where an isolate interrupts them.</summary>
    private static List<IsolatingRun> IsolatingRuns(UCharacterDirection[] classes, int[] pairs, byte[] levels, byte paragraph)
    {
        int[] kept = [.. Enumerable.Range(0, classes.Length).Where(i => !IsRemoved(classes[i]))];
        List<(int From, int To)> runs = [];                                                // in places of kept
        Dictionary<int, int> runOf = [];
        for (int k = 0; k < kept.Length;)
        {
            int from = k;
            while (k < kept.Length && levels[kept[k]] == levels[kept[from]])
                runOf[kept[k++]] = runs.Count;
            runs.Add((from, k));
        }
        List<IsolatingRun> sequences = [];
        foreach (var run in runs)
        {
            int first = kept[run.From];
            if (classes[first] == UCharacterDirection.PopDirectionalIsolate && pairs[first] >= 0)
                continue; // continues an earlier one
            List<int> indices = [];
            var (from, to) = run;
            while (true)
            {
                indices.AddRange(kept[from..to]);
                int end = kept[to - 1];
                if (!IsInitiator(classes[end]) || pairs[end] == classes.Length)
                    break;
                (from, to) = runs[runOf[pairs[end]]];
            }
            int last = indices[^1];
            byte level = levels[first];
            byte before = run.From == 0 ? paragraph : levels[kept[run.From - 1]];
            byte after = to == kept.Length || IsInitiator(classes[last]) ? paragraph : levels[kept[to]];
            sequences.Add(new IsolatingRun([.. indices], level, Direction(Math.Max(level, before)), Direction(Math.Max(level, after))));
        }
        return sequences;
    }

    private static UCharacterDirection Direction(byte level) => level % 2 == 0 ? UCharacterDirection.LeftToRight : UCharacterDirection.RightToLeft;
}
