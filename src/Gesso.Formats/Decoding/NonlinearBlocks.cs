using System.Buffers.Binary;
using static Gesso.Formats.Decoding.SimpleBlocks;

namespace Gesso.Formats.Decoding;

/// <summary>
/// ggml blocks whose 4-bit codes index a table k of 16 levels, denser near zero (ggml-common.h <c>block_iq4_nl</c>, <c>block_iq4_xs</c>,
/// <c>kvalues_iq4nl</c>; ggml-quants.c <c>dequantize_row_iq4_*</c>).
/// </summary>
internal static class NonlinearBlocks
{
    public static ReadOnlySpan<sbyte> K => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>d · k[q], 32 elements. Bytes: d, 16 of nibbles as in Q4_0.</summary>
    public static void IQ4_NL(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (; !destination.IsEmpty; source = source[18..], destination = destination[Elements..])
            Group(Half(source), source.Slice(2, 16), destination);
    }

    /// <summary>
    /// (d · (s - 32)) · k[q], 256 elements in 8 groups. Bytes: d, 6 of 6-bit s (2 of upper pairs of bits, 4 of lower nibbles), 8 groups of nibbles as in Q4_0.
    /// </summary>
    public static void IQ4_XS(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (; !destination.IsEmpty; source = source[136..], destination = destination[KBlocks.Elements..])
        {
            var d = Half(source);
            for (var g = 0; g < 8; g++)
                Group(d * (Scale(source.Slice(2, 6), g) - 32), source.Slice(8 + 16 * g, 16), destination[(g * Elements)..]);
        }
    }

    /// <summary>s of a group of IQ4_XS, 0 to 63.</summary>
    public static int Scale(ReadOnlySpan<byte> packed, int group) =>
        packed[2 + group / 2] >> group % 2 * 4 & 15 | (BinaryPrimitives.ReadUInt16LittleEndian(packed) >> 2 * group & 3) << 4;

    private static void Group(float scale, ReadOnlySpan<byte> q, Span<float> destination)
    {
        for (var j = 0; j < 16; j++)
        {
            destination[j] = scale * K[q[j] & 15];
            destination[j + 16] = scale * K[q[j] >> 4];
        }
    }
}
