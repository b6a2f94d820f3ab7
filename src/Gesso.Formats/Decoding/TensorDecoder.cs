namespace Gesso.Formats.Decoding;

/// <summary>Turns stored bytes of any <see cref="StorageType"/> into floats, exactly: every float has the value that the format defines, rounded once to binary32.</summary>
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

    /// <summary>The readable path; the fast one must give the same bits (a NaN may be any NaN).</summary>
    internal static void DecodePlain(StorageType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case StorageType.F32:
                SmallFloats.F32(source, destination);
                break;
            case StorageType.F16:
                SmallFloats.F16(source, destination);
                break;
            case StorageType.BF16:
                SmallFloats.BF16(source, destination);
                break;
            case StorageType.F8E4M3:
                SmallFloats.F8E4M3(source, destination);
                break;
            case StorageType.F8E5M2:
                SmallFloats.F8E5M2(source, destination);
                break;
            default:
                throw new NotSupportedException($"Decoding of {type} is not there yet.");
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
