using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gesso.Formats.Decoding;

/// <summary><see cref="NonlinearBlocks"/> with AVX2: the table of 16 levels is one register, looked up by a byte shuffle.</summary>
internal static unsafe class VectorNonlinearBlocks
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void IQ4_NL(ReadOnlySpan<byte> source, Span<float> destination)
    {
        fixed (byte* start = source)
        fixed (float* end = destination)
        {
            var x = start;
            var y = end;
            for (var blocks = destination.Length / SimpleBlocks.Elements; blocks > 0; blocks--, x += 18, y += SimpleBlocks.Elements)
                Group(SmallFloats.FromHalf(*(ushort*)x), x + 2, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void IQ4_XS(ReadOnlySpan<byte> source, Span<float> destination)
    {
        fixed (byte* start = source)
        fixed (float* end = destination)
        {
            var x = start;
            var y = end;
            for (var blocks = destination.Length / KBlocks.Elements; blocks > 0; blocks--, x += 136, y += KBlocks.Elements)
            {
                var d = SmallFloats.FromHalf(*(ushort*)x);
                for (var g = 0; g < 8; g++)
                    Group(d * (NonlinearBlocks.Scale(new ReadOnlySpan<byte>(x + 2, 6), g) - 32), x + 8 + 16 * g, y + SimpleBlocks.Elements * g);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Group(float scale, byte* q, float* y)
    {
        var levels = Vector128.Create(NonlinearBlocks.K).AsByte();
        var codes = Vector128.Load(q);
        Spread(scale, Ssse3.Shuffle(levels, codes & Vector128.Create((byte)15)), y);
        Spread(scale, Ssse3.Shuffle(levels, codes >>> 4), y + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(float scale, Vector128<byte> values, float* y)
    {
        var s = Vector256.Create(scale);
        (s * Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(values.AsSByte()))).Store(y);
        (s * Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(Vector128.Shuffle(values, UpperHalf).AsSByte()))).Store(y + 8);
    }

    private static Vector128<byte> UpperHalf => Vector128.Create((byte)8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
}
