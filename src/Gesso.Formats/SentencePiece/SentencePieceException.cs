using Gesso.Contracts.Errors;

namespace Gesso.Formats.SentencePiece;

/// <summary>A <c>.model</c> file that is cut short or is no SentencePiece model (code <c>sentencepiece_corrupt</c>, kind InvalidRequest).</summary>
public sealed class SentencePieceException(string source, string problem, Exception? inner = null)
    : GessoException(
        ErrorKind.InvalidRequest,
        "sentencepiece_corrupt",
        $"'{source}' is not a readable SentencePiece model: {problem}. Expected the protobuf file that SentencePiece wrote (spiece.model); copy it again.",
        inner);
