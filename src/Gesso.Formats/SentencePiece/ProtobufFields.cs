using System.Buffers.Binary;

namespace Gesso.Formats.SentencePiece;

/// <summary>
/// Walks the fields of one protobuf message (wire format: varint 0, eight bytes 1, length-delimited 2, four bytes 5).
/// Only what SentencePiece files use; groups are refused. Any length beyond the message is an error, never an exception of the runtime.
/// </summary>
internal ref struct ProtobufFields(ReadOnlyMemory<byte> message, string source)
{
    private readonly ReadOnlyMemory<byte> _message = message;
    private readonly string _source = source;
    private int _position;

    public int Number { get; private set; }

    /// <summary>The value of a varint field; 0 for the other wire types.</summary>
    public ulong Varint { get; private set; }

    /// <summary>The bytes of a length-delimited, four- or eight-byte field; empty for a varint.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    public readonly int Int32 => unchecked((int)Varint);

    public readonly bool Flag => Varint != 0;

    public readonly float Single => Bytes.Length == sizeof(float)
        ? BinaryPrimitives.ReadSingleLittleEndian(Bytes.Span)
        : throw new SentencePieceException(_source, $"field {Number} should be a 32-bit float and has {Bytes.Length} bytes");

    public bool Next()
    {
        if (_position == _message.Length)
        {
            return false;
        }

        var tag = ReadVarint();
        (Number, Varint, Bytes) = ((int)(tag >> 3), 0, default);
        switch (tag & 7)
        {
            case 0:
                Varint = ReadVarint();
                break;
            case 1:
                Bytes = Take(8);
                break;
            case 2:
                Bytes = Take(ReadVarint());
                break;
            case 5:
                Bytes = Take(4);
                break;
            default:
                throw new SentencePieceException(_source, $"byte {_position} starts a field of wire type {tag & 7}, which this format does not use");
        }

        return Number > 0 ? true : throw new SentencePieceException(_source, $"field number 0 before byte {_position}");
    }

    private ulong ReadVarint()
    {
        var span = _message.Span;
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_position == span.Length)
            {
                throw new SentencePieceException(_source, "it ends inside a number");
            }

            var next = span[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new SentencePieceException(_source, $"a number before byte {_position} is longer than ten bytes");
    }

    private ReadOnlyMemory<byte> Take(ulong length)
    {
        if (length > (ulong)(_message.Length - _position))
        {
            throw new SentencePieceException(_source, $"a field of {length} bytes at byte {_position} goes beyond the end ({_message.Length} bytes)");
        }

        var bytes = _message.Slice(_position, (int)length);
        _position += (int)length;
        return bytes;
    }
}
