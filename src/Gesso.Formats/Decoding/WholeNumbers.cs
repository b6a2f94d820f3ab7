using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Gesso.Formats.Decoding;

/// <summary>Integers, booleans and binary64 as floats: the nearest binary32, ties to even. A boolean is 0 or 1.</summary>
internal static class WholeNumbers
{
    public static void Signed<T>(ReadOnlySpan<byte> source, Span<float> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = float.CreateSaturating(T.ReadLittleEndian(source.Slice(i * Unsafe.SizeOf<T>(), Unsafe.SizeOf<T>()), isUnsigned: false));
    }

    public static void Unsigned<T>(ReadOnlySpan<byte> source, Span<float> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = float.CreateSaturating(T.ReadLittleEndian(source.Slice(i * Unsafe.SizeOf<T>(), Unsafe.SizeOf<T>()), isUnsigned: true));
    }

    public static void Bool(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = source[i] == 0 ? 0 : 1;
    }

    public static void F64(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(source[(8 * i)..]);
    }
}
