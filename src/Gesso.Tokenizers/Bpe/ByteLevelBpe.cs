using System.Text;
using Gesso.Tokenizers.Unicode;

namespace Gesso.Tokenizers.Bpe;

/// <summary>
/// Byte-pair encoding of one word: its UTF-8 bytes, the last one marked as end of word, are merged by rank
/// (Sennrich et al., arXiv:1508.07909; the order of merges is the reference's: lowest rank first, leftmost among equals).
/// </summary>
internal sealed class ByteLevelBpe
{
    private readonly int[] _inside = new int[256];
    private readonly int[] _atEnd = new int[256];
    private readonly MergeTable _merges;

    /// <param name="vocabulary">Id by token, tokens spelled in <see cref="ByteLevelAlphabet"/>.</param>
    /// <param name="merges">The merges.</param>
    /// <param name="endOfWord">Suffix of tokens that end a word; <c>&lt;/w&gt;</c> for CLIP.</param>
    /// <param name="unknownId">For a byte that the vocabulary lacks; null drops such bytes.</param>
    public ByteLevelBpe(Dictionary<string, int> vocabulary, MergeTable merges, string endOfWord, int? unknownId)
    {
        _merges = merges;
        for (var value = 0; value < 256; value++)
        {
            var spelled = ByteLevelAlphabet.CharOf[value].ToString();
            _inside[value] = vocabulary.TryGetValue(spelled, out var id) ? id : unknownId ?? -1;
            _atEnd[value] = vocabulary.TryGetValue(spelled + endOfWord, out id) ? id : unknownId ?? -1;
        }
    }

    /// <summary>Appends the ids of one word. Time O(n log n) in its bytes.</summary>
    /// <param name="text">Well-formed text.</param>
    /// <param name="word">Where the word lies in it.</param>
    /// <param name="tokens">Receives the ids.</param>
    public void Append(MappedText text, Segment word, List<Token> tokens)
    {
        var symbols = new Symbol[Encoding.UTF8.GetByteCount(text.Text[word.Start..word.End])];
        symbols = symbols[..Spell(text, word, symbols)];
        Merge(symbols);
        foreach (var symbol in symbols)
        {
            if (!symbol.Removed)
            {
                tokens.Add(new Token(symbol.Id, symbol.Start));
            }
        }
    }

    private int Spell(MappedText text, Segment word, Symbol[] symbols)
    {
        var count = 0;
        Span<byte> bytes = stackalloc byte[4];
        for (var i = word.Start; i < word.End;)
        {
            _ = Rune.DecodeFromUtf16(text.Text[i..word.End], out var rune, out var consumed);
            var byteCount = rune.EncodeToUtf8(bytes);
            for (var k = 0; k < byteCount; k++)
            {
                var last = i + consumed == word.End && k == byteCount - 1;
                var id = (last ? _atEnd : _inside)[bytes[k]];
                if (id >= 0)
                {
                    symbols[count] = new Symbol { Id = id, Start = text.Origin(i), Previous = count - 1, Next = count + 1 };
                    count++;
                }
            }

            i += consumed;
        }

        if (count > 0)
        {
            symbols[count - 1].Next = -1;
        }

        return count;
    }

    private void Merge(Symbol[] symbols)
    {
        var queue = new MergeQueue(symbols.Length);
        for (var left = 0; left + 1 < symbols.Length; left++)
        {
            Offer(symbols, left, queue);
        }

        while (queue.TryTake(out var queuedRank, out var left))
        {
            ref var symbol = ref symbols[left];
            if (symbol.Removed || symbol.Next < 0)
            {
                continue;
            }

            // an entry is stale when its pair has changed since it was queued
            ref var right = ref symbols[symbol.Next];
            if (!_merges.TryGet(symbol.Id, right.Id, out var rank, out var merged) || rank != queuedRank)
            {
                continue;
            }

            right.Removed = true;
            (symbol.Id, symbol.Next) = (merged, right.Next);
            if (symbol.Next >= 0)
            {
                symbols[symbol.Next].Previous = left;
                Offer(symbols, left, queue);
            }

            if (symbol.Previous >= 0)
            {
                Offer(symbols, symbol.Previous, queue);
            }
        }
    }

    private void Offer(Symbol[] symbols, int left, MergeQueue queue)
    {
        if (_merges.TryGet(symbols[left].Id, symbols[symbols[left].Next].Id, out var rank, out _))
        {
            queue.Add(rank, left);
        }
    }

    /// <summary>A piece of the word in the making, linked to its neighbours (-1: none).</summary>
    private struct Symbol
    {
        public int Id;
        public int Start;
        public int Previous;
        public int Next;
        public bool Removed;
    }
}
