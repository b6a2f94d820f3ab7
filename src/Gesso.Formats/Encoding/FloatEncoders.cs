using System.Buffers.Binary;

namespace Gesso.Formats.Encoding;

/// <summary>Floats into formats of at most 32 bits, round to nearest, ties to even (formats: <see cref="Decoding.SmallFloats"/>).</summary>
internal static class FloatEncoders
{
    /// <summary>The code of 448, the largest value of E4M3; the next code is NaN.</summary>
    private const uint LargestE4M3 = 0x7E;

    public static void F32(ReadOnlySpan<float> values, Span<byte> destination)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(destination[(4 * i)..], values[i]);
    }

    public static void F16(ReadOnlySpan<float> values, Span<byte> destination)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteHalfLittleEndian(destination[(2 * i)..], (Half)values[i]);
    }

    public static void BF16(ReadOnlySpan<float> values, Span<byte> destination)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(destination[(2 * i)..], ToBF16(values[i]));
    }

    public static void F8E4M3(ReadOnlySpan<float> values, Span<byte> destination)
    {
        for (var i = 0; i < values.Length; i++)
            destination[i] = ToE4M3(values[i]);
    }

    public static ushort ToBF16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);

        // Rounding a NaN could carry into its exponent and make an infinity; the quiet bit keeps a payload that lives in the lower half alive.
        return float.IsNaN(value) ? (ushort)(bits >> 16 | 0x40) : (ushort)(RoundOff(bits, 16) >> 16);
    }

    /// <summary>Saturating: ±448 for everything beyond, also for infinities.</summary>
    public static byte ToE4M3(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var sign = bits >> 24 & 0x80;
        var magnitude = BitConverter.UInt32BitsToSingle(bits & 0x7FFFFFFF);
        if (float.IsNaN(value))
            return (byte)(sign | 0x7F);

        // Below 2^-6 the codes are multiples of 2^-9; the eighth is the first normal code, as it should be.
        if (magnitude < 1f / 64)
            return (byte)(sign | (uint)MathF.Round(magnitude * 512, MidpointRounding.ToEven));
        var code = (RoundOff(bits & 0x7FFFFFFF, 20) >> 20) - (127 - 7 << 3);
        return (byte)(sign | Math.Min(code, LargestE4M3));
    }

    /// <summary>Adds what makes the removal of the lowest <paramref name="dropped"/> bits round to nearest, ties to even.</summary>
    private static uint RoundOff(uint bits, int dropped) => bits + (1u << dropped - 1) - 1 + (bits >> dropped & 1);
}
