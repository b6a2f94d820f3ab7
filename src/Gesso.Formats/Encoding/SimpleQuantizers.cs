using System.Buffers.Binary;

namespace Gesso.Formats.Encoding;

/// <summary>
/// The reference quantisers of ggml for blocks of 32 with one scale (ggml-quants.c <c>quantize_row_q8_0_ref</c>, <c>quantize_row_q4_0_ref</c>).
/// As there, the codes are formed with the scale in binary32, of which the block then stores the binary16.
/// </summary>
internal static class SimpleQuantizers
{
    private const int Elements = 32;

    /// <summary>d = max|x| / 127, q = x / d rounded half away from zero; so |x - d · q| is at most d / 2 plus the rounding of d.</summary>
    public static void Q8_0(ReadOnlySpan<float> values, Span<byte> destination)
    {
        for (; !values.IsEmpty; values = values[Elements..], destination = destination[34..])
        {
            var block = values[..Elements];
            var d = MathF.Abs(Extreme(block)) / 127;
            BinaryPrimitives.WriteUInt16LittleEndian(destination, TensorEncoder.Scale(d, StorageType.Q8_0));
            var inverse = Inverse(d);
            for (var j = 0; j < Elements; j++)
                destination[2 + j] = (byte)(sbyte)Math.Clamp(MathF.Round(block[j] * inverse, MidpointRounding.AwayFromZero), -127, 127);
        }
    }

    /// <summary>
    /// The value of the greatest magnitude gets the code 0, which stands for -8: d = x / -8, q = x / d + 8 rounded half up, at most 15.
    /// So |x - d · (q - 8)| is at most |d| / 2, and |d| where the opposite sign would need the missing code 16.
    /// </summary>
    public static void Q4_0(ReadOnlySpan<float> values, Span<byte> destination)
    {
        for (; !values.IsEmpty; values = values[Elements..], destination = destination[18..])
        {
            var block = values[..Elements];
            var d = Extreme(block) / -8;
            BinaryPrimitives.WriteUInt16LittleEndian(destination, TensorEncoder.Scale(d, StorageType.Q4_0));
            var inverse = Inverse(d);
            for (var j = 0; j < 16; j++)
                destination[2 + j] = (byte)(Code(block[j], inverse) | Code(block[j + 16], inverse) << 4);
        }

        static int Code(float value, float inverse) => Math.Clamp((int)(value * inverse + 8.5f), 0, 15);
    }

    /// <summary>The value of the greatest magnitude, the first of equals; NaN when there is one.</summary>
    private static float Extreme(ReadOnlySpan<float> block)
    {
        var extreme = 0f;
        foreach (var value in block)
        {
            if (float.IsNaN(value))
                return value;
            if (MathF.Abs(value) > MathF.Abs(extreme))
                extreme = value;
        }

        return extreme;
    }

    /// <summary>0 for a block of zeros, and for one so small that the inverse overflows (d below 2^-128): both decode to 0.</summary>
    private static float Inverse(float d)
    {
        var inverse = 1 / d;
        return float.IsFinite(inverse) ? inverse : 0;
    }
}
