using System.Text;

namespace Gesso.Formats.SentencePiece;

/// <summary>Bytes of a SentencePiece <c>.model</c> file → <see cref="SentencePieceModel"/> (field numbers in spec.md).</summary>
public static class SentencePieceReader
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="SentencePieceException">The file is cut short or is no such model.</exception>
    public static SentencePieceModel ReadFile(string path) => Read(File.ReadAllBytes(path), path);

    /// <summary>Reads bytes, to which the pieces of the result keep pointing.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="source">What to call the bytes in messages.</param>
    /// <exception cref="SentencePieceException">The bytes are cut short or are no such model.</exception>
    public static SentencePieceModel Read(ReadOnlyMemory<byte> bytes, string source)
    {
        var pieces = new List<SentencePieceEntry>(capacity: 1024);
        var model = new SentencePieceModel { Pieces = pieces };
        var fields = new ProtobufFields(bytes, source);
        while (fields.Next())
        {
            model = fields.Number switch
            {
                1 => Add(pieces, ReadPiece(fields.Bytes, pieces.Count, source), model),
                2 => ReadTrainer(fields.Bytes, model, source),
                3 => ReadNormalizer(fields.Bytes, model, source),
                _ => model,
            };
        }

        if (pieces.Count == 0)
        {
            throw new SentencePieceException(source, "it holds no pieces");
        }

        if (model.UnkId >= pieces.Count)
        {
            throw new SentencePieceException(source, $"its unknown id is {model.UnkId}, but it holds {pieces.Count} pieces");
        }

        return model;
    }

    private static SentencePieceModel Add(List<SentencePieceEntry> pieces, SentencePieceEntry piece, SentencePieceModel model)
    {
        pieces.Add(piece);
        return model;
    }

    private static SentencePieceEntry ReadPiece(ReadOnlyMemory<byte> message, int id, string source)
    {
        var entry = new SentencePieceEntry(default, 0, SentencePieceKind.Normal);
        var fields = new ProtobufFields(message, source);
        while (fields.Next())
        {
            entry = fields.Number switch
            {
                1 => entry with { Utf8 = fields.Bytes },
                2 => entry with { Score = fields.Single },
                3 => entry with { Kind = (SentencePieceKind)fields.Int32 },
                _ => entry,
            };
        }

        return float.IsFinite(entry.Score) ? entry : throw new SentencePieceException(source, $"piece {id} has the score {entry.Score}");
    }

    private static SentencePieceModel ReadTrainer(ReadOnlyMemory<byte> message, SentencePieceModel model, string source)
    {
        var fields = new ProtobufFields(message, source);
        while (fields.Next())
        {
            model = fields.Number switch
            {
                3 => model with { Algorithm = (SentencePieceAlgorithm)fields.Int32 },
                35 => model with { ByteFallback = fields.Flag },
                40 => model with { UnkId = fields.Int32 },
                41 => model with { BosId = fields.Int32 },
                42 => model with { EosId = fields.Int32 },
                43 => model with { PadId = fields.Int32 },
                _ => model,
            };
        }

        return model;
    }

    private static SentencePieceModel ReadNormalizer(ReadOnlyMemory<byte> message, SentencePieceModel model, string source)
    {
        var fields = new ProtobufFields(message, source);
        while (fields.Next())
        {
            model = fields.Number switch
            {
                1 => model with { NormalizerName = System.Text.Encoding.UTF8.GetString(fields.Bytes.Span) },
                2 => model with { PrecompiledCharsmap = fields.Bytes },
                _ => model,
            };
        }

        return model;
    }
}
