namespace Gesso.Typography.Planning;

/// <summary>A text that a prompt asks for, between quotation marks.</summary>
/// <param name="Text">Without the marks and the blanks at its ends.</param>
/// <param name="Start">Of the opening mark in the prompt.</param>
/// <param name="End">Behind the closing mark.</param>
public sealed record QuotedText(string Text, int Start, int End)
{
    private const int LongestText = 2000;

    /// <summary>Which mark closes which; German opens low, Polish too, Swedish and Finnish open as they close.</summary>
    private static readonly Dictionary<char, string> Closers = new()
    {
        ['"'] = "\"",
        ['\''] = "'",
        ['“'] = "”",
        ['”'] = "”",
        ['„'] = "“”‟",
        ['‟'] = "”",
        ['‘'] = "’",
        ['’'] = "’",
        ['‚'] = "‘’",
        ['«'] = "»",
        ['»'] = "«»",
        ['‹'] = "›",
        ['›'] = "‹›",
        ['「'] = "」",
        ['『'] = "』",
        ['﹁'] = "﹂",
        ['﹃'] = "﹄",
        ['＂'] = "＂",
        ['〝'] = "〞〟",
    };

    /// <summary>Marks that are apostrophes as well: they open only before a word and close only behind one.</summary>
    private const string Apostrophes = "'’‘";

    /// <summary>
    /// The quoted texts in their order; of nested ones the outer. A mark without its partner is no quotation, and an apostrophe inside a word or at its end
    /// (don't, the boys' room) is none either.
    /// </summary>
    public static IReadOnlyList<QuotedText> Find(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        List<QuotedText> found = [];
        for (int at = 0; at < prompt.Length; at++)
        {
            if (!Closers.TryGetValue(prompt[at], out string? closers) || !Opens(prompt, at) || Close(prompt, at, closers) is not { } end)
                continue;
            string text = prompt[(at + 1)..end].Trim();
            if (text.Length > 0 && text.Any(c => !char.IsPunctuation(c) && !char.IsWhiteSpace(c)))
                found.Add(new QuotedText(text, at, end + 1));
            at = end;
        }
        return found;
    }

    private static bool Opens(string prompt, int at)
    {
        if (at + 1 >= prompt.Length)
            return false;
        if (prompt[at] == '"' && at > 0 && char.IsDigit(prompt[at - 1]))
            return false;                                                                    // 27" is inches
        if (!Apostrophes.Contains(prompt[at]))
            return true;
        return (at == 0 || !IsWord(prompt[at - 1])) && !char.IsWhiteSpace(prompt[at + 1]) && !IsLeftOut(prompt.AsSpan(at + 1));
    }

    /// <summary>The '90s, rock 'n' roll: what the apostrophe stands for is missing.</summary>
    private static bool IsLeftOut(ReadOnlySpan<char> rest) =>
        rest.Length >= 2 && rest[0] is 'n' or 'N' && Apostrophes.Contains(rest[1])
        || rest.Length >= 2 && char.IsAsciiDigit(rest[0]) && char.IsAsciiDigit(rest[1]) && (rest.Length == 2 || rest[2] == 's' || char.IsWhiteSpace(rest[2]) && !rest[2..].ContainsAny(Apostrophes));

    private static int? Close(string prompt, int open, string closers)
    {
        bool apostrophe = Apostrophes.Contains(closers[0]);
        int? atWordEnd = null;
        for (int i = open + 1; i < prompt.Length && i - open <= LongestText; i++)
        {
            if (!closers.Contains(prompt[i]))
                continue;
            bool inWord = IsWord(prompt[i - 1]) && i + 1 < prompt.Length && IsWord(prompt[i + 1]);
            if (!apostrophe)
                return i;
            if (inWord || char.IsWhiteSpace(prompt[i - 1]))
                continue;
            // 'The boys' room' closes at its last mark: one that stands before a letter of the same sentence may be a possessive
            if (i + 1 >= prompt.Length || !IsFollowedByWord(prompt, i) || NextMark(prompt, i, closers) is null)
                return i;
            atWordEnd ??= i;
            if (prompt[i - 1] is not ('s' or 'S' or 'z' or 'x'))
                return i;
        }
        return atWordEnd;
    }

    private static bool IsFollowedByWord(string prompt, int at) => at + 2 < prompt.Length && prompt[at + 1] == ' ' && char.IsLetter(prompt[at + 2]);

    /// <summary>Another closing mark before the next one opens.</summary>
    private static int? NextMark(string prompt, int at, string closers)
    {
        for (int i = at + 1; i < prompt.Length; i++)
        {
            if (Closers.ContainsKey(prompt[i]) && Opens(prompt, i))
                return null;
            if (closers.Contains(prompt[i]) && IsWord(prompt[i - 1]) && (i + 1 >= prompt.Length || !IsWord(prompt[i + 1])))
                return i;
        }
        return null;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || char.GetUnicodeCategory(c) is
        System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;
}
