using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Gesso.Formats.Decoding.SimpleBlocks;

namespace Gesso.Formats.Decoding;

/// <summary>
/// <see cref="SimpleBlocks"/> with AVX2; the same operations in the same order, so the same bits. Eight bytes of nibbles become eight 32-bit lanes, of which
/// the low and the high nibbles are eight elements each.
/// </summary>
internal static unsafe class VectorSimpleBlocks
{
    private static Vector256<int> Nibble => Vector256.Create(15);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Q4_0(ReadOnlySpan<byte> source, Span<float> destination)
    {
        fixed (byte* start = source)
        fixed (float* end = destination)
        {
            var x = start;
            var y = end;
            for (var blocks = destination.Length / Elements; blocks > 0; blocks--, x += 18, y += Elements)
            {
                var d = Scale(x);
                for (var j = 0; j < 16; j += 8)
                {
                    var q = Avx2.ConvertToVector256Int32(x + 2 + j);
                    (d * Vector256.ConvertToSingle((q & Nibble) - Vector256.Create(8))).Store(y + j);
                    (d * Vector256.ConvertToSingle((q >>> 4) - Vector256.Create(8))).Store(y + j + 16);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Q4_1(ReadOnlySpan<byte> source, Span<float> destination)
    {
        fixed (byte* start = source)
        fixed (float* end = destination)
        {
            var x = start;
            var y = end;
            for (var blocks = destination.Length / Elements; blocks > 0; blocks--, x += 20, y += Elements)
            {
                var (d, m) = (Scale(x), Scale(x + 2));
                for (var j = 0; j < 16; j += 8)
                {
                    var q = Avx2.ConvertToVector256Int32(x + 4 + j);
                    (d * Vector256.ConvertToSingle(q & Nibble) + m).Store(y + j);
                    (d * Vector256.ConvertToSingle(q >>> 4) + m).Store(y + j + 16);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Q5_0(ReadOnlySpan<byte> source, Span<float> destination)
    {
        fixed (byte* start = source)
        fixed (float* end = destination)
        {
            var x = start;
            var y = end;
            for (var blocks = destination.Length / Elements; blocks > 0; blocks--, x += 22, y += Elements)
            {
                var d = Scale(x);
                for (var j = 0; j < 16; j += 8)
                {
                    var q = Avx2.ConvertToVector256Int32(x + 6 + j);
                    (d * Vector256.ConvertToSingle((q & Nibble | FifthBits(x + 2, j)) - Vector256.Create(16))).Store(y + j);
                    (d * Vector256.ConvertToSingle((q >>> 4 | FifthBits(x + 2, j + 16)) - Vector256.Create(16))).Store(y + j + 16);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Q5_1(ReadOnlySpan<byte> source, Span<float> destination)
    {
        fixed (byte* start = source)
        fixed (float* end = destination)
        {
            var x = start;
            var y = end;
            for (var blocks = destination.Length / Elements; blocks > 0; blocks--, x += 24, y += Elements)
            {
                var (d, m) = (Scale(x), Scale(x + 2));
                for (var j = 0; j < 16; j += 8)
                {
                    var q = Avx2.ConvertToVector256Int32(x + 8 + j);
                    (d * Vector256.ConvertToSingle(q & Nibble | FifthBits(x + 4, j)) + m).Store(y + j);
                    (d * Vector256.ConvertToSingle(q >>> 4 | FifthBits(x + 4, j + 16)) + m).Store(y + j + 16);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Q8_0(ReadOnlySpan<byte> source, Span<float> destination)
    {
        fixed (byte* start = source)
        fixed (float* end = destination)
        {
            var x = start;
            var y = end;
            for (var blocks = destination.Length / Elements; blocks > 0; blocks--, x += 34, y += Elements)
            {
                var d = Scale(x);
                for (var j = 0; j < Elements; j += 8)
                    (d * Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32((sbyte*)x + 2 + j))).Store(y + j);
            }
        }
    }

    /// <summary>The binary16 at an address, in all lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Scale(byte* address) => Vector256.Create(SmallFloats.FromHalf(*(ushort*)address));

    /// <summary>Bits <paramref name="element"/> to element + 7 of the word at an address, one per lane, as 16 or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> FifthBits(byte* address, int element)
    {
        var bits = Vector256.Create(*(uint*)address >> element);
        var lane = Vector256.Create(0u, 1, 2, 3, 4, 5, 6, 7);
        return ((Avx2.ShiftRightLogicalVariable(bits, lane) & Vector256.Create(1u)) << 4).AsInt32();
    }
}
