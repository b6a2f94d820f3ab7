namespace Gesso.Formats.Encoding;

/// <summary>
/// Turns floats into stored bytes: F32, F16, BF16, F8E4M3, Q8_0, Q4_0, Q4_K. Q8_0 and Q4_0 give the bytes of ggml's reference quantiser; Q4_K searches
/// as ggml does but gives its own bytes.
/// </summary>
public static class TensorEncoder
{
    /// <summary>Encodes all values into a new array of <c>type.ByteLength(values.Length)</c> bytes.</summary>
    /// <inheritdoc cref="Encode(StorageType, ReadOnlySpan{float}, Span{byte})"/>
    public static byte[] Encode(StorageType type, ReadOnlySpan<float> values)
    {
        var bytes = new byte[type.ByteLength(values.Length)];
        Encode(type, values, bytes);
        return bytes;
    }

    /// <summary>
    /// Encodes all values. Floats round to nearest, ties to even: F16 and BF16 overflow to infinity and keep NaN; F8E4M3 has no infinity and saturates,
    /// so what exceeds 448 in magnitude, infinities included, becomes ±448, and NaN stays NaN (a plain cast in PyTorch gives NaN instead).
    /// </summary>
    /// <param name="type">One of the types above.</param>
    /// <param name="values">For block types a whole number of blocks of finite values; in Q8_0 below 127 · 65520, in Q4_0 below 8 · 65520 in magnitude.</param>
    /// <param name="destination">Exactly <c>type.ByteLength(values.Length)</c> bytes.</param>
    /// <exception cref="TensorFileException">
    /// <c>unknown_type</c>: a type that is not encoded. <c>bad_shape</c>: no whole number of blocks. <c>bad_value</c>: a value that a block cannot hold.
    /// </exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public static void Encode(StorageType type, ReadOnlySpan<float> values, Span<byte> destination)
    {
        var expected = type.ByteLength(values.Length);
        if (destination.Length != expected)
        {
            throw new ArgumentException(
                $"{values.Length} elements of {type} are {expected} bytes; the destination holds {destination.Length}.", nameof(destination));
        }

        switch (type)
        {
            case StorageType.F32: FloatEncoders.F32(values, destination); break;
            case StorageType.F16: FloatEncoders.F16(values, destination); break;
            case StorageType.BF16: FloatEncoders.BF16(values, destination); break;
            case StorageType.F8E4M3: FloatEncoders.F8E4M3(values, destination); break;
            case StorageType.Q8_0: SimpleQuantizers.Q8_0(values, destination); break;
            case StorageType.Q4_0: SimpleQuantizers.Q4_0(values, destination); break;
            case StorageType.Q4_K: Q4KQuantizer.Q4_K(values, destination); break;
            default:
                throw new TensorFileException(
                    TensorFileCodes.UnknownType, $"{type} is not encoded; use one of F32, F16, BF16, F8E4M3, Q8_0, Q4_0, Q4_K.");
        }
    }

    /// <summary>The scale of a block as binary16 bits.</summary>
    /// <exception cref="TensorFileException"><c>bad_value</c>: infinite or NaN.</exception>
    internal static ushort Scale(float scale, StorageType type)
    {
        var half = (Half)scale;
        return Half.IsFinite(half)
            ? BitConverter.HalfToUInt16Bits(half)
            : throw new TensorFileException(
                TensorFileCodes.BadValue,
                $"{type} holds finite values whose block scale fits binary16; a block needs the scale {scale}. Look for NaN, infinity or a blown-up weight.");
    }
}
