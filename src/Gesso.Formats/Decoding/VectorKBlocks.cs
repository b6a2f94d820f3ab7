using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Gesso.Formats.Decoding.KBlocks;

namespace Gesso.Formats.Decoding;

/// <summary>
/// <see cref="KBlocks"/> with AVX2; the same operations in the same order, so the same bits. The scales of a super-block are unpacked first, (d · s) and
/// (e · t) as floats; then eight bytes at a time become 32-bit lanes, from which each group of elements takes its bits by a shift.
/// </summary>
internal static unsafe class VectorKBlocks
{
    private static Vector256<int> Nibble => Vector256.Create(15);

    private static Vector256<int> Pair => Vector256.Create(3);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Q2_K(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var steps = stackalloc float[16];
        var minima = stackalloc float[16];
        fixed (byte* start = source)
        fixed (float* end = destination)
        {
            var x = start;
            var y = end;
            for (var blocks = destination.Length / Elements; blocks > 0; blocks--, x += 84)
            {
                var (d, e) = (SmallFloats.FromHalf(*(ushort*)(x + 80)), SmallFloats.FromHalf(*(ushort*)(x + 82)));
                for (var g = 0; g < 16; g++)
                    (steps[g], minima[g]) = (d * (x[g] & 15), e * (x[g] >> 4));
                for (var half = 0; half < 2; half++, y += 128)
                {
                    for (var l = 0; l < 32; l += 8)
                    {
                        var q = Avx2.ConvertToVector256Int32(x + 16 + 32 * half + l);
                        for (var pair = 0; pair < 4; pair++, q >>>= 2)
                        {
                            var g = 8 * half + 2 * pair + l / 16;
                            Affine(steps[g], q & Pair, minima[g]).Store(y + 32 * pair + l);
                        }
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Q3_K(ReadOnlySpan<byte> source, Span<float> destination)
    {
        Span<byte> scales = stackalloc byte[16];
        var steps = stackalloc float[16];
        fixed (byte* start = source)
        fixed (float* end = destination)
        {
            var x = start;
            var y = end;
            for (var blocks = destination.Length / Elements; blocks > 0; blocks--, x += 110)
            {
                var d = SmallFloats.FromHalf(*(ushort*)(x + 108));
                SixBitScales(new ReadOnlySpan<byte>(x + 96, 12), scales);
                for (var g = 0; g < 16; g++)
                    steps[g] = d * (scales[g] - 32);
                for (var half = 0; half < 2; half++, y += 128)
                {
                    for (var l = 0; l < 32; l += 8)
                    {
                        var q = Avx2.ConvertToVector256Int32(x + 32 + 32 * half + l);
                        var third = Avx2.ConvertToVector256Int32(x + l) >>> 4 * half << 2;
                        for (var pair = 0; pair < 4; pair++, q >>>= 2, third >>>= 1)
                        {
                            var value = (q & Pair | third & Vector256.Create(4)) - Vector256.Create(4);
                            Scaled(steps[8 * half + 2 * pair + l / 16], value).Store(y + 32 * pair + l);
                        }
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Q4_K(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var steps = stackalloc float[8];
        var minima = stackalloc float[8];
        fixed (byte* start = source)
        fixed (float* end = destination)
        {
            var x = start;
            var y = end;
            for (var blocks = destination.Length / Elements; blocks > 0; blocks--, x += 144)
            {
                UnpackScales(x, steps, minima);
                var q = x + 16;
                for (var g = 0; g < 8; g += 2, q += 32, y += 64)
                {
                    for (var l = 0; l < 32; l += 8)
                    {
                        var both = Avx2.ConvertToVector256Int32(q + l);
                        Affine(steps[g], both & Nibble, minima[g]).Store(y + l);
                        Affine(steps[g + 1], both >>> 4, minima[g + 1]).Store(y + 32 + l);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Q5_K(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var steps = stackalloc float[8];
        var minima = stackalloc float[8];
        fixed (byte* start = source)
        fixed (float* end = destination)
        {
            var x = start;
            var y = end;
            for (var blocks = destination.Length / Elements; blocks > 0; blocks--, x += 176, y += Elements)
            {
                UnpackScales(x, steps, minima);
                for (var l = 0; l < 32; l += 8)
                {
                    // Bit g of the byte is the fifth bit of group g; shifted up by 4 it stands where it is needed.
                    var fifth = Avx2.ConvertToVector256Int32(x + 16 + l) << 4;
                    for (var g = 0; g < 8; g += 2, fifth >>>= 2)
                    {
                        var both = Avx2.ConvertToVector256Int32(x + 48 + 16 * g + l);
                        Affine(steps[g], both & Nibble | fifth & Vector256.Create(16), minima[g]).Store(y + 32 * g + l);
                        Affine(steps[g + 1], both >>> 4 | fifth >>> 1 & Vector256.Create(16), minima[g + 1]).Store(y + 32 * g + 32 + l);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Q6_K(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var steps = stackalloc float[16];
        fixed (byte* start = source)
        fixed (float* end = destination)
        {
            var x = start;
            var y = end;
            for (var blocks = destination.Length / Elements; blocks > 0; blocks--, x += 210)
            {
                var d = Vector256.Create(SmallFloats.FromHalf(*(ushort*)(x + 208)));
                for (var g = 0; g < 16; g += 8)
                    (d * Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32((sbyte*)x + 192 + g))).Store(steps + g);
                for (var half = 0; half < 2; half++, y += 128)
                {
                    for (var l = 0; l < 32; l += 8)
                    {
                        var first = Avx2.ConvertToVector256Int32(x + 64 * half + l);
                        var second = Avx2.ConvertToVector256Int32(x + 64 * half + 32 + l);
                        var upper = Avx2.ConvertToVector256Int32(x + 128 + 32 * half + l);
                        var s = steps + 8 * half + l / 16;
                        SixBits(s[0], first & Nibble, upper << 4).Store(y + l);
                        SixBits(s[2], second & Nibble, upper << 2).Store(y + 32 + l);
                        SixBits(s[4], first >>> 4, upper).Store(y + 64 + l);
                        SixBits(s[6], second >>> 4, upper >>> 2).Store(y + 96 + l);
                    }
                }
            }
        }
    }

    /// <summary>step · (lower bits, and bits 4 and 5 of upper, less 32).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SixBits(float step, Vector256<int> lower, Vector256<int> upper) =>
        Scaled(step, (lower | upper & Vector256.Create(0x30)) - Vector256.Create(32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scaled(float step, Vector256<int> q) => Vector256.Create(step) * Vector256.ConvertToSingle(q);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Affine(float step, Vector256<int> q, float minimum) => Scaled(step, q) - Vector256.Create(minimum);

    /// <summary>d · s and e · t of the eight groups of Q4_K and Q5_K.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UnpackScales(byte* block, float* steps, float* minima)
    {
        var d = SmallFloats.FromHalf(*(ushort*)block);
        var e = SmallFloats.FromHalf(*(ushort*)(block + 2));
        var packed = new ReadOnlySpan<byte>(block + 4, 12);
        for (var g = 0; g < 8; g++)
        {
            var (s, t) = ScaleAndMinimum(packed, g);
            (steps[g], minima[g]) = (d * s, e * t);
        }
    }
}
