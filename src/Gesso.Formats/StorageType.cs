namespace Gesso.Formats;

/// <summary>
/// How the elements of a stored tensor are laid out. Plain types hold one element each, little endian. Types after <see cref="Bool"/> are the
/// block-quantised types of ggml (ggml-common.h), where a block of 32 or 256 elements shares its scales, and last bitsandbytes' NF4.
/// </summary>
public enum StorageType
{
    F64,
    F32,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>The upper half of a binary32.</summary>
    BF16,

    /// <summary>OCP 8-bit float 1-4-3 without infinities ("fn"): largest value 448, 0x7F and 0xFF are NaN.</summary>
    F8E4M3,

    /// <summary>OCP 8-bit float 1-5-2: the upper half of a binary16, largest value 57344.</summary>
    F8E5M2,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,

    /// <summary>One byte; zero is false.</summary>
    Bool,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2_K,
    Q3_K,
    Q4_K,
    Q5_K,
    Q6_K,
    IQ4_NL,
    IQ4_XS,

    /// <summary>Two codes of 16 levels in a byte; the factors of its blocks lie in another tensor.</summary>
    NF4,
}

/// <summary>Sizes and families of <see cref="StorageType"/>.</summary>
public static class StorageTypes
{
    /// <summary>
    /// Elements in one block: 1 for plain types, 32 or 256 for ggml's, 2 for NF4. A row of a quantised tensor is a whole number of blocks.
    /// </summary>
    public static int BlockElements(this StorageType type) => type switch
    {
        StorageType.Q4_0 or StorageType.Q4_1 or StorageType.Q5_0 or StorageType.Q5_1 or StorageType.Q8_0 or StorageType.IQ4_NL => 32,
        StorageType.Q2_K or StorageType.Q3_K or StorageType.Q4_K or StorageType.Q5_K or StorageType.Q6_K or StorageType.IQ4_XS => 256,
        StorageType.NF4 => 2,
        _ when Enum.IsDefined(type) => 1,
        _ => throw Undefined(type),
    };

    /// <summary>Bytes of one block; for plain types, of one element.</summary>
    public static int BlockBytes(this StorageType type) => type switch
    {
        StorageType.F64 or StorageType.I64 or StorageType.U64 => 8,
        StorageType.F32 or StorageType.I32 or StorageType.U32 => 4,
        StorageType.F16 or StorageType.BF16 or StorageType.I16 or StorageType.U16 => 2,
        StorageType.F8E4M3 or StorageType.F8E5M2 or StorageType.I8 or StorageType.U8 or StorageType.Bool or StorageType.NF4 => 1,
        StorageType.Q4_0 => 2 + 16,                 // scale, nibbles
        StorageType.Q4_1 => 2 + 2 + 16,             // scale, minimum, nibbles
        StorageType.Q5_0 => 2 + 4 + 16,             // scale, fifth bits, nibbles
        StorageType.Q5_1 => 2 + 2 + 4 + 16,         // scale, minimum, fifth bits, nibbles
        StorageType.Q8_0 => 2 + 32,                 // scale, bytes
        StorageType.Q2_K => 16 + 64 + 2 + 2,        // 4-bit scales and minima, pairs of bits, scale of scales, scale of minima
        StorageType.Q3_K => 32 + 64 + 12 + 2,       // third bits, pairs of bits, 6-bit scales, scale of scales
        StorageType.Q4_K => 2 + 2 + 12 + 128,       // scale of scales, scale of minima, 6-bit scales and minima, nibbles
        StorageType.Q5_K => 2 + 2 + 12 + 32 + 128,  // as Q4_K, with fifth bits before the nibbles
        StorageType.Q6_K => 128 + 64 + 16 + 2,      // nibbles, upper pairs of bits, 8-bit scales, scale of scales
        StorageType.IQ4_NL => 2 + 16,               // scale, nibbles (indices of a table)
        StorageType.IQ4_XS => 2 + 2 + 4 + 128,      // scale of scales, upper and lower bits of 6-bit scales, nibbles
        _ => throw Undefined(type),
    };

    /// <summary>Bytes of <paramref name="elements"/> elements.</summary>
    /// <exception cref="TensorFileException">
    /// The count is negative, not a whole number of blocks, or the bytes exceed 63 bits (code <c>bad_shape</c>).
    /// </exception>
    public static long ByteLength(this StorageType type, long elements)
    {
        var perBlock = type.BlockElements();
        if (elements < 0 || elements % perBlock != 0)
        {
            throw new TensorFileException(
                TensorFileCodes.BadShape,
                $"{type} stores whole blocks of {perBlock} elements; got {elements} elements. Give a non-negative multiple of {perBlock}.");
        }

        var bytes = (Int128)(elements / perBlock) * type.BlockBytes();
        return bytes <= long.MaxValue
            ? (long)bytes
            : throw new TensorFileException(TensorFileCodes.BadShape, $"{elements} elements of {type} need more than 2^63 bytes; no file holds them.");
    }

    public static bool IsFloatingPoint(this StorageType type) =>
        type is StorageType.F64 or StorageType.F32 or StorageType.F16 or StorageType.BF16 or StorageType.F8E4M3 or StorageType.F8E5M2;

    /// <summary>True for the block types, which have to be decoded before any arithmetic.</summary>
    public static bool IsBlockQuantized(this StorageType type) => type.BlockElements() > 1;

    private static ArgumentOutOfRangeException Undefined(StorageType type) => new(nameof(type), type, "Not a member of StorageType.");
}
