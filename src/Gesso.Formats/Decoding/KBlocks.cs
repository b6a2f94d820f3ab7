using static Gesso.Formats.Decoding.SimpleBlocks;

namespace Gesso.Formats.Decoding;

/// <summary>
/// ggml "k-quants": super-blocks of 256 elements whose groups of 16 or 32 have small integer scales s (and minima t), themselves scaled by the
/// binary16 d (and e) of the super-block (ggml-common.h <c>block_q2_K</c> … <c>block_q6_K</c>; ggml-quants.c <c>dequantize_row_*</c>).
/// The products are formed in the order that ggml uses, (d · s) · q - (e · t), so that every bit agrees.
/// </summary>
internal static class KBlocks
{
    public const int Elements = 256;

    /// <summary>(d · s) · q - (e · t), groups of 16. Bytes: 16 of (s low nibble, t high nibble), 64 of 2-bit q, d, e.</summary>
    public static void Q2_K(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (; !destination.IsEmpty; source = source[84..], destination = destination[Elements..])
        {
            var d = Half(source[80..]);
            var e = Half(source[82..]);
            for (var i = 0; i < Elements; i++)
            {
                var scales = source[i / 16];
                var q = TwoBits(source.Slice(16, 64), i);
                destination[i] = d * (scales & 15) * q - e * (scales >> 4);
            }
        }
    }

    /// <summary>(d · (s - 32)) · (q - 4), groups of 16. Bytes: 32 of third bits, 64 of 2-bit q, 12 of 6-bit s, d.</summary>
    public static void Q3_K(ReadOnlySpan<byte> source, Span<float> destination)
    {
        Span<byte> scales = stackalloc byte[16];
        for (; !destination.IsEmpty; source = source[110..], destination = destination[Elements..])
        {
            var d = Half(source[108..]);
            SixBitScales(source.Slice(96, 12), scales);
            for (var i = 0; i < Elements; i++)
            {
                var third = source[i % 32] >> i / 32 & 1;
                var q = TwoBits(source.Slice(32, 64), i) | third << 2;
                destination[i] = d * (scales[i / 16] - 32) * (q - 4);
            }
        }
    }

    /// <summary>(d · s) · q - (e · t), groups of 32. Bytes: d, e, 12 of 6-bit s and t, 128 of nibbles.</summary>
    public static void Q4_K(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (; !destination.IsEmpty; source = source[144..], destination = destination[Elements..])
        {
            var d = Half(source);
            var e = Half(source[2..]);
            for (var i = 0; i < Elements; i++)
            {
                var (s, t) = ScaleAndMinimum(source.Slice(4, 12), i / 32);
                destination[i] = d * s * Nibble(source.Slice(16, 128), i) - e * t;
            }
        }
    }

    /// <summary>(d · s) · q - (e · t), groups of 32. Bytes: d, e, 12 of 6-bit s and t, 32 of fifth bits, 128 of nibbles.</summary>
    public static void Q5_K(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (; !destination.IsEmpty; source = source[176..], destination = destination[Elements..])
        {
            var d = Half(source);
            var e = Half(source[2..]);
            for (var i = 0; i < Elements; i++)
            {
                var (s, t) = ScaleAndMinimum(source.Slice(4, 12), i / 32);
                var fifth = source[16 + i % 32] >> i / 32 & 1;
                destination[i] = d * s * (Nibble(source.Slice(48, 128), i) | fifth << 4) - e * t;
            }
        }
    }

    /// <summary>(d · s) · (q - 32), groups of 16, s signed. Bytes: 128 of nibbles, 64 of upper pairs of bits, 16 of s, d.</summary>
    public static void Q6_K(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (; !destination.IsEmpty; source = source[210..], destination = destination[Elements..])
        {
            var d = Half(source[208..]);
            for (var i = 0; i < Elements; i++)
            {
                // Each half of 128 elements: 64 bytes whose low nibbles are elements 0 to 63 and high nibbles 64 to 127.
                var low = source[i / 128 * 64 + i % 64] >> i / 64 % 2 * 4 & 15;
                var high = TwoBits(source.Slice(128, 64), i);
                destination[i] = d * (sbyte)source[192 + i / 16] * ((low | high << 4) - 32);
            }
        }
    }

    /// <summary>s and t of a group of Q4_K and Q5_K: 8 groups in 12 bytes, the upper bits of the last four folded into the first eight bytes.</summary>
    public static (int Scale, int Minimum) ScaleAndMinimum(ReadOnlySpan<byte> packed, int group) => group < 4
        ? (packed[group] & 63, packed[group + 4] & 63)
        : (packed[group + 4] & 15 | packed[group - 4] >> 6 << 4, packed[group + 4] >> 4 | packed[group] >> 6 << 4);

    /// <summary>Nibbles of Q4_K and Q5_K: in each 32 bytes, the low ones are 32 elements and the high ones the next 32.</summary>
    private static int Nibble(ReadOnlySpan<byte> packed, int i) => packed[i / 64 * 32 + i % 32] >> i / 32 % 2 * 4 & 15;

    /// <summary>Pairs of bits: in each 32 bytes, the lowest pairs are 32 elements, the next pairs the next 32, and so on.</summary>
    private static int TwoBits(ReadOnlySpan<byte> packed, int i) => packed[i / 128 * 32 + i % 32] >> i / 32 % 4 * 2 & 3;

    /// <summary>The 16 scales of Q3_K: lower nibbles in 8 bytes (first the low ones, then the high ones), upper pairs of bits in 4 bytes.</summary>
    public static void SixBitScales(ReadOnlySpan<byte> packed, Span<byte> scales)
    {
        for (var g = 0; g < 16; g++)
        {
            var low = packed[g % 8] >> g / 8 * 4 & 15;
            var high = packed[8 + g % 4] >> g / 4 * 2 & 3;
            scales[g] = (byte)(low | high << 4);
        }
    }
}
