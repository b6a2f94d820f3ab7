using System.Runtime.InteropServices;

namespace Gesso.Formats.Decoding;

/// <summary>
/// NF4: 16 levels at quantiles of the normal distribution, of equal mass on both sides of an exact zero (QLoRA, arXiv 2305.14314, appendix E). The first of two elements is the
/// upper half of the byte (bitsandbytes csrc/kernels.cu <c>kDequantizeBlockwise</c>).
/// </summary>
public static class NormalFloats
{
    private static readonly ulong[] Pairs = [.. Enumerable.Range(0, 256).Select(b => Pair(b >> 4, b & 15))];

    /// <summary>−1 … 1, ascending.</summary>
    public static ReadOnlySpan<float> Levels =>
    [
        -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f,
    ];

    internal static void NF4(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var pairs = MemoryMarshal.Cast<float, ulong>(destination);
        for (int i = 0; i < source.Length; i++)
            pairs[i] = Pairs[source[i]];
    }

    private static ulong Pair(int first, int second)
    {
        ReadOnlySpan<float> pair = [Levels[first], Levels[second]];
        return MemoryMarshal.Cast<float, ulong>(pair)[0];
    }
}
