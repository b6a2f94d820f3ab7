using System.Text;

namespace Gesso.Formats.SentencePiece;

/// <summary>The algorithm a model was trained for (<c>TrainerSpec.ModelType</c>).</summary>
public enum SentencePieceAlgorithm
{
    Unigram = 1,
    Bpe = 2,
    Word = 3,
    Character = 4,
}

/// <summary>What a piece stands for (<c>SentencePiece.Type</c>).</summary>
public enum SentencePieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>One entry of the vocabulary; its id is its position in the file.</summary>
/// <param name="Utf8">The piece in UTF-8, with U+2581 for a space. A view into the file's bytes.</param>
/// <param name="Score">Log probability for unigram models (≤ 0 for normal pieces, 0 for control pieces); always finite.</param>
public readonly record struct SentencePieceEntry(ReadOnlyMemory<byte> Utf8, float Score, SentencePieceKind Kind)
{
    /// <summary>The piece as text; decoded at each call.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Utf8.Span);
}

/// <summary>
/// What a <c>.model</c> file of SentencePiece says, as far as encoding needs it (spec.md).
/// The ids are as stored: -1 means that the model has no such token, which is T5's setting for <see cref="BosId"/>.
/// </summary>
public sealed record SentencePieceModel
{
    public required IReadOnlyList<SentencePieceEntry> Pieces { get; init; }

    public SentencePieceAlgorithm Algorithm { get; init; } = SentencePieceAlgorithm.Unigram;

    /// <summary>Unknown characters are spelled as pieces <c>&lt;0x00&gt;</c> … <c>&lt;0xFF&gt;</c> instead of becoming <see cref="UnkId"/>.</summary>
    public bool ByteFallback { get; init; }

    public int UnkId { get; init; }

    public int BosId { get; init; } = 1;

    public int EosId { get; init; } = 2;

    public int PadId { get; init; } = -1;

    /// <summary>Name of the normalisation rule, for example <c>nmt_nfkc</c>; for messages only.</summary>
    public string NormalizerName { get; init; } = "";

    /// <summary>Little-endian trie size in bytes, the double-array trie, then NUL-terminated replacements in UTF-8; empty = no rule.</summary>
    public ReadOnlyMemory<byte> PrecompiledCharsmap { get; init; }
}
