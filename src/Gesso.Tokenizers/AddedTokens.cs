using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gesso.Tokenizers;

/// <summary>A token that is found in the text as it stands, before the model sees the rest (the reference's <c>AddedToken</c>).</summary>
/// <param name="Content">How it is written in a prompt.</param>
/// <param name="Id">Its id.</param>
internal sealed record AddedToken(string Content, int Id)
{
    /// <summary>Looked for after normalisation (so in lower case for CLIP) instead of in the raw text.</summary>
    public bool Normalized { get; init; }

    /// <summary>Swallows white space before it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Swallows white space after it.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Only where no word character touches it.</summary>
    public bool SingleWord { get; init; }
}

/// <summary>A stretch of text in UTF-16 units, or an added token found there; never empty.</summary>
internal readonly record struct Segment(int Start, int End, int? TokenId = null);

/// <summary>Cuts text at added tokens: leftmost first, the longest where several start, never overlapping.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly AddedToken[] _longestFirst;
    private readonly char[] _firstUnits;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        _longestFirst = [.. tokens.Where(token => token.Content.Length > 0).OrderByDescending(token => token.Content.Length)];
        _firstUnits = [.. _longestFirst.Select(token => token.Content[0]).Distinct()];
    }

    public List<Segment> Split(ReadOnlySpan<char> text)
    {
        var segments = new List<Segment>();
        var (done, position) = (0, 0);
        while (_longestFirst.Length > 0 && position < text.Length)
        {
            var next = text[position..].IndexOfAny(_firstUnits);
            if (next < 0)
            {
                break;
            }

            position += next;
            if (TokenAt(text, position) is not { } token)
            {
                position++;
                continue;
            }

            var (start, end) = (position, position + token.Content.Length);
            position = end;
            if (token.SingleWord && (TouchesWordBefore(text, start) || TouchesWordAfter(text, end)))
            {
                continue;
            }

            while (token.LeftStrip && start > done && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            while (token.RightStrip && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            if (done < start)
            {
                segments.Add(new Segment(done, start));
            }

            segments.Add(new Segment(start, end, token.Id));
            (done, position) = (end, Math.Max(position, end));
        }

        if (done < text.Length)
        {
            segments.Add(new Segment(done, text.Length));
        }

        return segments;
    }

    private AddedToken? TokenAt(ReadOnlySpan<char> text, int position)
    {
        foreach (var token in _longestFirst)
        {
            if (text[position..].StartsWith(token.Content))
            {
                return token;
            }
        }

        return null;
    }

    private static bool TouchesWordBefore(ReadOnlySpan<char> text, int position) =>
        position > 0 && Rune.DecodeLastFromUtf16(text[..position], out var rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool TouchesWordAfter(ReadOnlySpan<char> text, int position) =>
        position < text.Length && Rune.DecodeFromUtf16(text[position..], out var rune, out _) == OperationStatus.Done && IsWord(rune);

    /// <summary>Close to <c>\w</c> of Unicode Technical Standard 18: letters, marks, digits, connectors, joiners.</summary>
    private static bool IsWord(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or
        UnicodeCategory.ConnectorPunctuation or UnicodeCategory.LetterNumber;
}

/// <summary>One id and where in the original text it starts.</summary>
internal readonly record struct Token(int Id, int Start);
