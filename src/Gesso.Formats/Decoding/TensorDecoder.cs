namespace Gesso.Formats.Decoding;

/// <summary>Turns stored bytes of any <see cref="StorageType"/> into floats with exactly the values that the reference of the format computes in binary32.</summary>
public static class TensorDecoder
{
    /// <summary>Decodes <paramref name="destination"/>.Length elements from their bytes, on this thread.</summary>
    /// <param name="type">Layout of <paramref name="source"/>.</param>
    /// <param name="source">Exactly <c>type.ByteLength(destination.Length)</c> bytes, little endian.</param>
    /// <param name="destination">Receives the elements; for block types a whole number of blocks.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public static void Decode(StorageType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        Check(type, source.Length, destination.Length);
        DecodePlain(type, source, destination);
    }

    /// <summary>The readable path for every type; the fast one gives the same bits (where the value is NaN, any NaN).</summary>
    internal static void DecodePlain(StorageType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case StorageType.F64: WholeNumbers.F64(source, destination); break;
            case StorageType.F32: SmallFloats.F32(source, destination); break;
            case StorageType.F16: SmallFloats.F16(source, destination); break;
            case StorageType.BF16: SmallFloats.BF16(source, destination); break;
            case StorageType.F8E4M3: SmallFloats.F8E4M3(source, destination); break;
            case StorageType.F8E5M2: SmallFloats.F8E5M2(source, destination); break;
            case StorageType.I64: WholeNumbers.Signed<long>(source, destination); break;
            case StorageType.I32: WholeNumbers.Signed<int>(source, destination); break;
            case StorageType.I16: WholeNumbers.Signed<short>(source, destination); break;
            case StorageType.I8: WholeNumbers.Signed<sbyte>(source, destination); break;
            case StorageType.U64: WholeNumbers.Unsigned<ulong>(source, destination); break;
            case StorageType.U32: WholeNumbers.Unsigned<uint>(source, destination); break;
            case StorageType.U16: WholeNumbers.Unsigned<ushort>(source, destination); break;
            case StorageType.U8: WholeNumbers.Unsigned<byte>(source, destination); break;
            case StorageType.Bool: WholeNumbers.Bool(source, destination); break;
            case StorageType.Q4_0: SimpleBlocks.Q4_0(source, destination); break;
            case StorageType.Q4_1: SimpleBlocks.Q4_1(source, destination); break;
            case StorageType.Q5_0: SimpleBlocks.Q5_0(source, destination); break;
            case StorageType.Q5_1: SimpleBlocks.Q5_1(source, destination); break;
            case StorageType.Q8_0: SimpleBlocks.Q8_0(source, destination); break;
            case StorageType.Q2_K: KBlocks.Q2_K(source, destination); break;
            case StorageType.Q3_K: KBlocks.Q3_K(source, destination); break;
            case StorageType.Q4_K: KBlocks.Q4_K(source, destination); break;
            case StorageType.Q5_K: KBlocks.Q5_K(source, destination); break;
            case StorageType.Q6_K: KBlocks.Q6_K(source, destination); break;
            case StorageType.IQ4_NL: NonlinearBlocks.IQ4_NL(source, destination); break;
            case StorageType.IQ4_XS: NonlinearBlocks.IQ4_XS(source, destination); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "Not a member of StorageType.");
        }
    }

    private static void Check(StorageType type, int bytes, int elements)
    {
        var block = type.BlockElements();
        if (elements % block != 0)
            throw new ArgumentException($"{type} is decoded in blocks of {block} elements; the destination holds {elements}.");
        var expected = type.ByteLength(elements);
        if (bytes != expected)
            throw new ArgumentException($"{elements} elements of {type} are {expected} bytes; the source holds {bytes}.");
    }
}
