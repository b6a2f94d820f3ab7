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
    private readonly Dictionary<ulong, Merge> _merges;

    /// <param name="vocabulary">Id by token, tokens spelled in <see cref="ByteLevelAlphabet"/>.</param>
    /// <param name="merges">Pairs of ids in order of rank, with the id that each becomes. A pair that comes twice counts where it came last.</param>
    /// <param name="endOfWord">Suffix of tokens that end a word; <c>&lt;/w&gt;</c> for CLIP.</param>
    /// <param name="unknownId">For a byte that the vocabulary lacks; null drops such bytes.</param>
    public ByteLevelBpe(Dictionary<string, int> vocabulary, IReadOnlyList<(int Left, int Right, int Merged)> merges, string endOfWord, int? unknownId)
    {
        for (var value = 0; value < 256; value++)
        {
            var spelled = ByteLevelAlphabet.CharOf[value].ToString();
            _inside[value] = vocabulary.TryGetValue(spelled, out var id) ? id : unknownId ?? -1;
            _atEnd[value] = vocabulary.TryGetValue(spelled + endOfWord, out id) ? id : unknownId ?? -1;
        }

        _merges = new Dictionary<ulong, Merge>(merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            _merges[Pair(merges[rank].Left, merges[rank].Right)] = new Merge(rank, merges[rank].Merged);
        }
    }

    /// <summary>Appends the ids of one word. Time O(n log n) in its bytes.</summary>
    /// <param name="text">Well-formed text.</param>
    /// <param name="word">Where the word lies in it, in UTF-16 units.</param>
    /// <param name="tokens">Receives the ids.</param>
    public void Append(MappedText text, (int Start, int End) word, List<Token> tokens)
    {
        var symbols = Symbols(text, word);
        var queue = new PriorityQueue<int, ulong>();
        for (var left = 0; left + 1 < symbols.Count; left++)
        {
            Offer(symbols, left, queue);
        }

        while (queue.TryDequeue(out var left, out var priority))
        {
            var symbol = symbols[left];
            if (symbol.Next < 0 || symbol.Removed)
            {
                continue;
            }

            // an entry is stale when its pair has changed since it was queued
            var right = symbols[symbol.Next];
            if (!_merges.TryGetValue(Pair(symbol.Id, right.Id), out var merge) || merge.Rank != (int)(priority >> 32))
            {
                continue;
            }

            symbols[symbol.Next] = right with { Removed = true };
            symbols[left] = symbol with { Id = merge.Merged, Next = right.Next };
            if (right.Next >= 0)
            {
                symbols[right.Next] = symbols[right.Next] with { Previous = left };
                Offer(symbols, left, queue);
            }

            if (symbol.Previous >= 0)
            {
                Offer(symbols, symbol.Previous, queue);
            }
        }

        foreach (var symbol in symbols)
        {
            if (!symbol.Removed)
            {
                tokens.Add(new Token(symbol.Id, symbol.Start));
            }
        }
    }

    private List<Symbol> Symbols(MappedText text, (int Start, int End) word)
    {
        var symbols = new List<Symbol>(word.End - word.Start + 8);
        Span<byte> bytes = stackalloc byte[4];
        for (var i = word.Start; i < word.End;)
        {
            _ = Rune.DecodeFromUtf16(text.Text[i..word.End], out var rune, out var consumed);
            var count = rune.EncodeToUtf8(bytes);
            for (var k = 0; k < count; k++)
            {
                var last = i + consumed == word.End && k == count - 1;
                var id = (last ? _atEnd : _inside)[bytes[k]];
                if (id >= 0)
                {
                    symbols.Add(new Symbol(id, text.Origin(i), symbols.Count - 1, symbols.Count + 1, Removed: false));
                }
            }

            i += consumed;
        }

        if (symbols.Count > 0)
        {
            symbols[^1] = symbols[^1] with { Next = -1 };
        }

        return symbols;
    }

    private void Offer(List<Symbol> symbols, int left, PriorityQueue<int, ulong> queue)
    {
        if (_merges.TryGetValue(Pair(symbols[left].Id, symbols[symbols[left].Next].Id), out var merge))
        {
            queue.Enqueue(left, ((ulong)merge.Rank << 32) | (uint)left);
        }
    }

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private readonly record struct Merge(int Rank, int Merged);

    private readonly record struct Symbol(int Id, int Start, int Previous, int Next, bool Removed);
}
