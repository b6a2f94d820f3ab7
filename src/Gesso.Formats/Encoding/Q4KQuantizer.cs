using System.Buffers.Binary;
using Gesso.Formats.Decoding;

namespace Gesso.Formats.Encoding;

/// <summary>
/// A quantiser for Q4_K (format: <see cref="KBlocks"/>). Per group of 32 it looks for the affine map x ≈ a · q - b, q in 0..15, b ≥ 0, of least
/// weighted squared error: 21 trial steps around range / 15, each refined by the closed least-squares solution for its codes. Errors of large
/// weights count more (weight = root mean square + |x|), as in ggml. Then the 6-bit scales are fixed and the codes are chosen anew for what they decode to.
/// </summary>
internal static class Q4KQuantizer
{
    private const int Groups = 8;
    private const int GroupElements = 32;
    private const int MaxCode = 15;
    private const int MaxScale = 63;

    public static void Q4_K(ReadOnlySpan<float> values, Span<byte> destination)
    {
        for (; !values.IsEmpty; values = values[KBlocks.Elements..], destination = destination[144..])
            Block(values[..KBlocks.Elements], destination[..144]);
    }

    private static void Block(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<float> steps = stackalloc float[Groups];
        Span<float> minima = stackalloc float[Groups];
        for (var g = 0; g < Groups; g++)
            (steps[g], minima[g]) = Fit(values.Slice(g * GroupElements, GroupElements));

        var dBits = TensorEncoder.Scale(Max(steps) / MaxScale, StorageType.Q4_K);
        var eBits = TensorEncoder.Scale(Max(minima) / MaxScale, StorageType.Q4_K);
        BinaryPrimitives.WriteUInt16LittleEndian(block, dBits);
        BinaryPrimitives.WriteUInt16LittleEndian(block[2..], eBits);
        var d = SmallFloats.FromHalf(dBits);
        var e = SmallFloats.FromHalf(eBits);
        block[4..].Clear();
        for (var g = 0; g < Groups; g++)
        {
            var s = Nearest(steps[g], d, MaxScale);
            var t = Nearest(minima[g], e, MaxScale);
            PackScales(block.Slice(4, 12), g, s, t);
            var nibbles = block.Slice(16 + g / 2 * GroupElements, GroupElements);
            for (var j = 0; j < GroupElements; j++)
                nibbles[j] |= (byte)(Nearest(values[g * GroupElements + j] + e * t, d * s, MaxCode) << g % 2 * 4);
        }
    }

    /// <summary>Step a and minimum b of one group.</summary>
    private static (float Step, float Minimum) Fit(ReadOnlySpan<float> x)
    {
        var (low, high, squares) = (0f, 0f, 0f);
        foreach (var value in x)
        {
            low = MathF.Min(low, value);
            high = MathF.Max(high, value);
            squares += value * value;
        }

        var range = high - low;
        if (range == 0)
            return (0, 0);
        if (!float.IsFinite(range))
            return (range, 0); // the caller reports it
        var weightFloor = MathF.Sqrt(squares / x.Length);
        var best = (Step: range / MaxCode, Minimum: -low);
        var bestError = Error(x, weightFloor, best.Step, best.Minimum);
        for (var trial = 0; trial <= 20; trial++)
        {
            // Levels from 14 to 16 over the range: a step a little too small clips the extremes, a little too large wastes codes.
            var candidate = Refine(x, weightFloor, range / (MaxCode - 1 + 0.1f * trial), low);
            var error = Error(x, weightFloor, candidate.Step, candidate.Minimum);
            if (candidate.Step > 0 && error < bestError)
                (best, bestError) = (candidate, error);
        }

        return best;
    }

    /// <summary>The least-squares a and b for the codes that step and minimum give; b is held at 0 where it would be negative.</summary>
    private static (float Step, float Minimum) Refine(ReadOnlySpan<float> x, float weightFloor, float step, float low)
    {
        float w = 0, wq = 0, wqq = 0, wx = 0, wqx = 0;
        foreach (var value in x)
        {
            var weight = weightFloor + MathF.Abs(value);
            var q = Nearest(value - low, step, MaxCode);
            w += weight;
            wq += weight * q;
            wqq += weight * q * q;
            wx += weight * value;
            wqx += weight * q * value;
        }

        var determinant = w * wqq - wq * wq;
        if (determinant > 0 && (wq * wqx - wqq * wx) / determinant is >= 0 and var minimum)
            return ((w * wqx - wq * wx) / determinant, minimum);
        return wqq > 0 ? (wqx / wqq, 0) : (0, 0);
    }

    private static float Error(ReadOnlySpan<float> x, float weightFloor, float step, float minimum)
    {
        var error = 0f;
        foreach (var value in x)
        {
            var difference = step * Nearest(value + minimum, step, MaxCode) - minimum - value;
            error += (weightFloor + MathF.Abs(value)) * difference * difference;
        }

        return error;
    }

    /// <summary>The inverse of <see cref="KBlocks.ScaleAndMinimum"/> on cleared bytes.</summary>
    private static void PackScales(Span<byte> packed, int group, int s, int t)
    {
        if (group < 4)
        {
            packed[group] |= (byte)s;
            packed[group + 4] |= (byte)t;
            return;
        }

        packed[group + 4] |= (byte)(s & 15 | (t & 15) << 4);
        packed[group - 4] |= (byte)(s >> 4 << 6);
        packed[group] |= (byte)(t >> 4 << 6);
    }

    private static int Nearest(float value, float step, int max) => step == 0 ? 0 : (int)Math.Clamp(MathF.Round(value / step), 0, max);

    private static float Max(ReadOnlySpan<float> values)
    {
        var max = 0f;
        foreach (var value in values)
            max = MathF.Max(max, value);
        return max;
    }
}
