using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gesso.Formats.Decoding;

/// <summary>
/// <see cref="SmallFloats"/> eight at a time with AVX2; the same bits. F16C is not asked for: the shifts here cost about as much as its conversion, and
/// memory is the limit. Subnormals take the integer conversion, because float arithmetic on binary32 subnormals costs a microcode assist each.
/// </summary>
internal static unsafe class VectorFloats
{
    /// <summary>Elements per step; what is left goes the plain way.</summary>
    private const int Lanes = 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void F16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var vectorised = destination.Length & -Lanes;
        fixed (byte* x = source)
        fixed (float* y = destination)
        {
            for (var i = 0; i < vectorised; i += Lanes)
                FromHalf(Avx2.ConvertToVector256Int32((ushort*)x + i)).Store(y + i);
        }

        SmallFloats.F16(source[(2 * vectorised)..], destination[vectorised..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BF16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var vectorised = destination.Length & -Lanes;
        fixed (byte* x = source)
        fixed (float* y = destination)
        {
            for (var i = 0; i < vectorised; i += Lanes)
                (Avx2.ConvertToVector256Int32((ushort*)x + i) << 16).AsSingle().Store(y + i);
        }

        SmallFloats.BF16(source[(2 * vectorised)..], destination[vectorised..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void F8E4M3(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var vectorised = destination.Length & -Lanes;
        fixed (byte* x = source)
        fixed (float* y = destination)
        {
            for (var i = 0; i < vectorised; i += Lanes)
                FromE4M3(Avx2.ConvertToVector256Int32(x + i)).Store(y + i);
        }

        SmallFloats.F8E4M3(source[vectorised..], destination[vectorised..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void F8E5M2(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var vectorised = destination.Length & -Lanes;
        fixed (byte* x = source)
        fixed (float* y = destination)
        {
            for (var i = 0; i < vectorised; i += Lanes)
                FromHalf(Avx2.ConvertToVector256Int32(x + i) << 8).Store(y + i);
        }

        SmallFloats.F8E5M2(source[vectorised..], destination[vectorised..]);
    }

    /// <summary>binary16 in the low half of each lane → binary32, as <see cref="SmallFloats.FromHalf"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FromHalf(Vector256<int> bits)
    {
        var rebias = Vector256.Create(127 - 15 << 23);
        var magnitude = bits & Vector256.Create(0x7FFF);
        var normal = (magnitude << 13) + rebias;
        var subnormal = (Vector256.ConvertToSingle(magnitude) * Vector256.Create(1f / (1 << 24))).AsInt32();

        // Exponent 31 has become 31 + 112; another 112 make it the 255 of infinity and NaN.
        var special = Vector256.GreaterThan(magnitude, Vector256.Create(0x7BFF)) & rebias;
        var value = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(0x0400)), subnormal, normal + special);
        return (value | (bits & Vector256.Create(0x8000)) << 16).AsSingle();
    }

    /// <summary>E4M3 in the low byte of each lane → binary32, as <see cref="SmallFloats.FromE4M3"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FromE4M3(Vector256<int> bits)
    {
        var magnitude = bits & Vector256.Create(0x7F);
        var normal = (magnitude << 20) + Vector256.Create(127 - 7 << 23);
        var subnormal = (Vector256.ConvertToSingle(magnitude) * Vector256.Create(1f / (1 << 9))).AsInt32();
        var value = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(0x08)), subnormal, normal);
        var nan = Vector256.Equals(magnitude, Vector256.Create(0x7F)) & Vector256.Create(0x7FC00000);
        return (value | nan | (bits & Vector256.Create(0x80)) << 24).AsSingle();
    }
}
