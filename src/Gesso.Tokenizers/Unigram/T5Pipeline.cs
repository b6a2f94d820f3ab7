using Gesso.Tokenizers.Unicode;

namespace Gesso.Tokenizers.Unigram;

/// <summary>Where a word mark is put before text that does not start with one.</summary>
internal enum WordMark
{
    /// <summary>Before every stretch of text.</summary>
    Always,

    /// <summary>Only at the start of the prompt; text right after an added token goes without.</summary>
    First,

    Never,
}

/// <summary>What happens to text between the character map and the unigram model; the two shapes in use differ.</summary>
internal sealed record T5Pipeline
{
    /// <summary>U+2581, which stands for a space.</summary>
    public const char Mark = '▁';

    /// <summary>Cut white space off the end (normaliser <c>Strip</c>).</summary>
    public bool StripEnd { get; init; }

    /// <summary>Two or more spaces become one mark (normaliser <c>Replace</c>).</summary>
    public bool CollapseSpaces { get; init; }

    /// <summary>Cut at white space of any kind (<c>WhitespaceSplit</c>).</summary>
    public bool SplitWhiteSpace { get; init; }

    /// <summary>The scheme of <c>Metaspace</c>.</summary>
    public WordMark WordMark { get; init; }

    /// <summary>Each mark starts a word (<c>Metaspace.split</c>).</summary>
    public bool SplitAtMarks { get; init; } = true;

    /// <summary>T5 folders as converted from SentencePiece by transformers 4: the published ones.</summary>
    /// <param name="legacy">The flag of this name in tokenizer_config.json; FLUX publishes false.</param>
    public static T5Pipeline Converted(bool legacy) =>
        new() { StripEnd = true, CollapseSpaces = true, WordMark = legacy ? WordMark.Always : WordMark.First };

    /// <summary>T5 folders as written by transformers 5.</summary>
    public static T5Pipeline Native { get; } = new() { SplitWhiteSpace = true, WordMark = WordMark.Always };

    /// <summary>The part that belongs to normalisation.</summary>
    public MappedText CleanUp(MappedText text)
    {
        if (StripEnd)
        {
            var length = text.Length;
            while (length > 0 && char.IsWhiteSpace(text.Text[length - 1]))
            {
                length--;
            }

            text.Cut(length);
        }

        if (!CollapseSpaces || !text.Text.Contains("  ", StringComparison.Ordinal))
        {
            return text;
        }

        var result = new MappedText(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var next = i + 1;
            while (text.Text[i] == ' ' && next < text.Length && text.Text[next] == ' ')
            {
                next++;
            }

            result.Append(next > i + 1 ? Mark : text.Text[i], text.Origin(i));
            i = next;
        }

        return result;
    }

    /// <summary>Appends marked text and returns its words.</summary>
    /// <param name="text">Normalised text.</param>
    /// <param name="stretch">The part of it to do.</param>
    /// <param name="startsPrompt">The part is the very start of the prompt.</param>
    /// <param name="marked">Receives the text with marks, on which the words are measured.</param>
    public List<Segment> Words(MappedText text, Segment stretch, bool startsPrompt, MappedText marked)
    {
        var words = new List<Segment>();
        if (!SplitWhiteSpace)
        {
            AddMarked(text, stretch, startsPrompt, marked, words);
            return words;
        }

        for (var i = stretch.Start; i < stretch.End;)
        {
            var start = i;
            while (i < stretch.End && !char.IsWhiteSpace(text.Text[i]))
            {
                i++;
            }

            AddMarked(text, new Segment(start, i), startsPrompt && start == stretch.Start, marked, words);
            i++;
        }

        return words;
    }

    private void AddMarked(MappedText text, Segment stretch, bool startsPrompt, MappedText marked, List<Segment> words)
    {
        if (stretch.Start == stretch.End)
        {
            return;
        }

        var wordStart = marked.Length;
        var hasMark = text.Text[stretch.Start] is ' ' or Mark;
        if (!hasMark && (WordMark == WordMark.Always || (WordMark == WordMark.First && startsPrompt)))
        {
            marked.Append(Mark, text.Origin(stretch.Start));
        }

        for (var i = stretch.Start; i < stretch.End; i++)
        {
            var unit = text.Text[i] == ' ' ? Mark : text.Text[i];
            if (unit == Mark && SplitAtMarks && marked.Length > wordStart)
            {
                words.Add(new Segment(wordStart, marked.Length));
                wordStart = marked.Length;
            }

            marked.Append(unit, text.Origin(i));
        }

        words.Add(new Segment(wordStart, marked.Length));
    }
}
