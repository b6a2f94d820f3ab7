using System.Buffers.Binary;

namespace Gesso.Formats.Decoding;

/// <summary>
/// ggml blocks of 32 elements with one scale (ggml-common.h <c>block_q4_0</c> … <c>block_q8_0</c>; ggml-quants.c <c>dequantize_row_*</c>).
/// d and m are binary16, rounded nowhere. In a 4-bit block the low nibble of byte j is element j, the high nibble element j + 16; bit j of the
/// 32-bit word h is the fifth bit of element j.
/// </summary>
internal static class SimpleBlocks
{
    public const int Elements = 32;

    /// <summary>d · (q - 8). Bytes: d, 16 of nibbles.</summary>
    public static void Q4_0(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (; !destination.IsEmpty; source = source[18..], destination = destination[Elements..])
        {
            var d = Half(source);
            var q = source.Slice(2, 16);
            for (var j = 0; j < 16; j++)
            {
                destination[j] = d * ((q[j] & 15) - 8);
                destination[j + 16] = d * ((q[j] >> 4) - 8);
            }
        }
    }

    /// <summary>d · q + m. Bytes: d, m, 16 of nibbles.</summary>
    public static void Q4_1(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (; !destination.IsEmpty; source = source[20..], destination = destination[Elements..])
        {
            var d = Half(source);
            var m = Half(source[2..]);
            var q = source.Slice(4, 16);
            for (var j = 0; j < 16; j++)
            {
                destination[j] = d * (q[j] & 15) + m;
                destination[j + 16] = d * (q[j] >> 4) + m;
            }
        }
    }

    /// <summary>d · (q - 16). Bytes: d, 4 of h, 16 of nibbles.</summary>
    public static void Q5_0(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (; !destination.IsEmpty; source = source[22..], destination = destination[Elements..])
        {
            var d = Half(source);
            var h = BinaryPrimitives.ReadUInt32LittleEndian(source[2..]);
            var q = source.Slice(6, 16);
            for (var j = 0; j < 16; j++)
            {
                destination[j] = d * ((q[j] & 15 | FifthBit(h, j)) - 16);
                destination[j + 16] = d * ((q[j] >> 4 | FifthBit(h, j + 16)) - 16);
            }
        }
    }

    /// <summary>d · q + m. Bytes: d, m, 4 of h, 16 of nibbles.</summary>
    public static void Q5_1(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (; !destination.IsEmpty; source = source[24..], destination = destination[Elements..])
        {
            var d = Half(source);
            var m = Half(source[2..]);
            var h = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
            var q = source.Slice(8, 16);
            for (var j = 0; j < 16; j++)
            {
                destination[j] = d * (q[j] & 15 | FifthBit(h, j)) + m;
                destination[j + 16] = d * (q[j] >> 4 | FifthBit(h, j + 16)) + m;
            }
        }
    }

    /// <summary>d · q. Bytes: d, 32 signed q.</summary>
    public static void Q8_0(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (; !destination.IsEmpty; source = source[34..], destination = destination[Elements..])
        {
            var d = Half(source);
            var q = source.Slice(2, Elements);
            for (var j = 0; j < Elements; j++)
                destination[j] = d * (sbyte)q[j];
        }
    }

    internal static float Half(ReadOnlySpan<byte> source) => SmallFloats.FromHalf(BinaryPrimitives.ReadUInt16LittleEndian(source));

    private static int FifthBit(uint h, int element) => (int)(h >> element & 1) << 4;
}
