using System.Buffers.Binary;

namespace Gesso.Formats.Decoding;

/// <summary>
/// Floating-point formats of at most 32 bits (IEEE 754-2019; OCP 8-bit Floating Point Specification 1.0). With sign s, exponent e, mantissa m of M bits and
/// bias b the value is (-1)^s · 2^(e-b) · (1 + m/2^M), or for e = 0 the subnormal (-1)^s · 2^(1-b) · m/2^M.
/// </summary>
internal static class SmallFloats
{
    public static void F32(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = BinaryPrimitives.ReadSingleLittleEndian(source[(4 * i)..]);
    }

    public static void F16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = FromHalf(BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * i)..]));
    }

    public static void BF16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * i)..]) << 16);
    }

    public static void F8E4M3(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = FromE4M3(source[i]);
    }

    public static void F8E5M2(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = FromHalf((ushort)(source[i] << 8));
    }

    /// <summary>binary16 → binary32: M = 10, b = 15, e = 31 is infinity or NaN (the payload is kept).</summary>
    public static float FromHalf(ushort bits)
    {
        var sign = (uint)(bits & 0x8000) << 16;
        var magnitude = (uint)(bits & 0x7FFF);
        var value = magnitude switch
        {
            >= 0x7C00 => 0x7F800000u | magnitude << 13,
            >= 0x0400 => (magnitude << 13) + (127u - 15 << 23),
            _ => BitConverter.SingleToUInt32Bits(magnitude * (1f / (1 << 24))), // 2^(1-15) · m/2^10, exact
        };
        return BitConverter.UInt32BitsToSingle(sign | value);
    }

    /// <summary>OCP E4M3 → binary32: M = 3, b = 7; no infinities, e = 15 with m = 7 is NaN.</summary>
    public static float FromE4M3(byte bits)
    {
        var sign = (uint)(bits & 0x80) << 24;
        var magnitude = (uint)(bits & 0x7F);
        var value = magnitude switch
        {
            0x7F => 0x7FC00000u,
            >= 0x08 => (magnitude << 20) + (127u - 7 << 23),
            _ => BitConverter.SingleToUInt32Bits(magnitude * (1f / (1 << 9))), // 2^(1-7) · m/2^3, exact
        };
        return BitConverter.UInt32BitsToSingle(sign | value);
    }
}
