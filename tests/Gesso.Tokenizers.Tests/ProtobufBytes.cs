using System.Buffers.Binary;
using System.Text;

namespace Gesso.Tokenizers.Tests;

/// <summary>Writes the few protobuf fields of a SentencePiece model.</summary>
internal sealed class ProtobufBytes
{
    private readonly List<byte> _bytes = [];

    /// <summary>A unigram model with these pieces, unknown piece 0.</summary>
    public static byte[] Model(IEnumerable<(string Text, float Score)> pieces, byte[] charsmap, Action<ProtobufBytes>? trainer = null)
    {
        var model = new ProtobufBytes();
        foreach (var (text, score) in pieces)
        {
            model.Message(1, piece => piece.Bytes(1, Encoding.UTF8.GetBytes(text)).Single(2, score));
        }

        return model.Message(2, trainer ?? (_ => { })).Message(3, normalizer => normalizer.Bytes(1, "none"u8.ToArray()).Bytes(2, charsmap)).ToArray();
    }

    public ProtobufBytes Varint(int field, long value)
    {
        Raw((ulong)field << 3);
        Raw(unchecked((ulong)value));
        return this;
    }

    public ProtobufBytes Single(int field, float value)
    {
        Raw(((ulong)field << 3) | 5);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public ProtobufBytes Bytes(int field, byte[] value)
    {
        Raw(((ulong)field << 3) | 2);
        Raw((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    public ProtobufBytes Message(int field, Action<ProtobufBytes> write)
    {
        var inner = new ProtobufBytes();
        write(inner);
        return Bytes(field, inner.ToArray());
    }

    public byte[] ToArray() => [.. _bytes];

    private void Raw(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Add((byte)(value | 0x80));
        }

        _bytes.Add((byte)value);
    }
}
