namespace Gesso.Engine.Recipes;

/// <summary>
/// The line of <c>Key: value</c> pairs: a key is two or more letters, digits, blanks, <c>_ - /</c> before a colon; a value goes to the next comma, or is a JSON
/// string. One pass, so that no text can make it slow.
/// </summary>
internal static class A1111Pairs
{
    /// <summary>Pairs in their order, values still quoted; text between them that is no pair is skipped.</summary>
    public static List<(string Key, string Value)> Read(string line)
    {
        var pairs = new List<(string, string)>();
        int from = 0;
        for (int colon = line.IndexOf(':', StringComparison.Ordinal); colon >= 0; colon = line.IndexOf(':', Math.Max(from, colon + 1)))
        {
            int start = colon;
            while (start > from && IsKeyCharacter(line[start - 1]))
                start--;
            while (start < colon && !IsWord(line[start]))
                start++;
            if (colon - start < 2)
                continue;
            int end = ValueEnd(line, colon + 1);
            pairs.Add((line[start..colon].TrimEnd(), line[(colon + 1)..end].Trim()));
            from = Math.Min(end + 1, line.Length);
        }
        return pairs;
    }

    private static int ValueEnd(string line, int start)
    {
        int at = start;
        while (at < line.Length && char.IsWhiteSpace(line[at]))
            at++;
        if (at < line.Length && line[at] == '"')
        {
            int close = at + 1;
            while (close < line.Length && line[close] != '"')
                close += line[close] == '\\' ? 2 : 1;
            int after = close + 1;
            if (close > at + 1 && (after == line.Length || (after < line.Length && line[after] == ',')))
                return after;
        }
        int comma = line.IndexOf(',', start);
        return comma < 0 ? line.Length : comma;
    }

    private static bool IsKeyCharacter(char c) => IsWord(c) || c is ' ' or '-' or '/';

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';
}
