using System.Buffers;
using System.Text;
using Gesso.Tokenizers.Unicode;

namespace Gesso.Tokenizers.Unigram;

/// <summary>A piece of a vocabulary; its id is its position.</summary>
/// <param name="Text">With U+2581 for a space.</param>
/// <param name="Score">Log probability.</param>
internal sealed record UnigramPiece(string Text, double Score);

/// <summary>
/// Unigram language model: the cut of a word whose pieces' log probabilities sum highest, found by Viterbi
/// (Kudo, arXiv:1804.10959; ties go to the longer history, as in the reference's <c>encode_optimized</c>).
/// </summary>
internal sealed class UnigramModel
{
    /// <summary>An unknown character costs this much more than the worst piece.</summary>
    private const double UnknownPenalty = 10;

    private readonly PieceTrie _trie;
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int[]? _bytePieces;

    /// <param name="pieces">Text and log probability by id; when a text comes twice, the later id counts.</param>
    /// <param name="unkId">Id of the unknown piece.</param>
    /// <param name="byteFallback">Spell unknown characters as <c>&lt;0x00&gt;</c> … when the model has all of these.</param>
    public UnigramModel(List<UnigramPiece> pieces, int unkId, bool byteFallback)
    {
        UnkId = unkId;
        Count = pieces.Count;
        _scores = new double[pieces.Count];
        _trie = new PieceTrie(pieces.Count * 3);
        var worst = double.PositiveInfinity;
        for (var id = 0; id < pieces.Count; id++)
        {
            _scores[id] = pieces[id].Score;
            worst = Math.Min(worst, pieces[id].Score);
            if (pieces[id].Text.Length > 0)
            {
                _trie.Add(pieces[id].Text, id);
            }
        }

        _unknownScore = worst - UnknownPenalty;
        _bytePieces = byteFallback ? [.. Enumerable.Range(0, 256).Select(value => _trie.Find($"<0x{value:X2}>"))] : null;
    }

    public int UnkId { get; }

    /// <summary>Number of pieces.</summary>
    public int Count { get; }

    /// <summary>Id of a piece, or null.</summary>
    public int? IdOf(string piece) => _trie.Find(piece) is >= 0 and var id ? id : null;

    /// <summary>Appends the ids of one word; neighbouring unknown characters become one id. Time linear in the word.</summary>
    /// <param name="text">Well-formed text.</param>
    /// <param name="word">Where the word lies in it, in UTF-16 units.</param>
    /// <param name="tokens">Receives the ids.</param>
    public void Append(MappedText text, Segment word, List<Token> tokens)
    {
        var units = text.Text[word.Start..word.End];
        var cuts = ArrayPool<Cut>.Shared.Rent(units.Length + 1);
        try
        {
            FindBestCuts(units, cuts);
            var first = tokens.Count;
            for (var end = units.Length; end > 0;)
            {
                var start = cuts[end].Start;
                if (cuts[end].Id != UnkId)
                {
                    tokens.Add(new Token(cuts[end].Id, text.Origin(word.Start + start)));
                    end = start;
                    continue;
                }

                while (start > 0 && cuts[start].Id == UnkId)
                {
                    start = cuts[start].Start;
                }

                AppendUnknown(units[start..end], text.Origin(word.Start + start), tokens);
                end = start;
            }

            tokens.Reverse(first, tokens.Count - first);
        }
        finally
        {
            ArrayPool<Cut>.Shared.Return(cuts);
        }
    }

    private void FindBestCuts(ReadOnlySpan<char> units, Cut[] cuts)
    {
        cuts.AsSpan(0, units.Length + 1).Fill(new Cut(0, -1, 0));
        for (var start = 0; start < units.Length;)
        {
            var score = cuts[start].Score;
            var length = char.IsHighSurrogate(units[start]) && start + 1 < units.Length ? 2 : 1;
            var knowsCharacter = false;
            var node = 0;
            for (var end = start; end < units.Length && (node = _trie.Step(node, units[end])) >= 0; end++)
            {
                if (_trie.Value(node) is >= 0 and var id)
                {
                    Offer(ref cuts[end + 1], new Cut(score + _scores[id], start, id));
                    knowsCharacter |= end + 1 == start + length;
                }
            }

            if (!knowsCharacter)
            {
                Offer(ref cuts[start + length], new Cut(score + _unknownScore, start, UnkId));
            }

            start += length;
        }
    }

    private static void Offer(ref Cut best, Cut candidate)
    {
        if (best.Start < 0 || candidate.Score > best.Score)
        {
            best = candidate;
        }
    }

    /// <summary>Appends in reverse, as the caller walks backwards.</summary>
    private void AppendUnknown(ReadOnlySpan<char> units, int origin, List<Token> tokens)
    {
        if (_bytePieces is null || _trie.Find(units) >= 0)
        {
            tokens.Add(new Token(UnkId, origin));
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(units.ToArray());
        if (Array.Exists(bytes, value => _bytePieces[value] < 0))
        {
            tokens.Add(new Token(UnkId, origin));
            return;
        }

        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            tokens.Add(new Token(_bytePieces[bytes[i]], origin));
        }
    }

    /// <summary>The best way to reach a place: total score, where its last piece starts (-1: not reached), that piece's id.</summary>
    private readonly record struct Cut(double Score, int Start, int Id);
}
