using System.Numerics;
using CsCheck;
using Gesso.Models.T5;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Models.Tests.T5;

public sealed class DistanceBucketTests
{
    [Fact]
    public void Buckets_of_published_models_equal_integer_arithmetic()
    {
        long[] distances = [.. Enumerable.Range(-700, 1401).Select(d => (long)d)];

        Assert.Equal(distances.Select(d => ByIntegers(d, 32, 128)), Buckets(distances, 32, 128));
    }

    [Fact]
    public void Buckets_equal_integer_arithmetic_for_other_sizes() => Gen.Select(Gen.Int[1, 16], Gen.Int[2, 300], Gen.Long[-2000, 2000]).Sample(
        (quarter, factor, distance) =>
        {
            int buckets = 4 * quarter, largest = quarter * factor;
            long expected = ByIntegers(distance, buckets, largest), actual = Buckets([distance], buckets, largest)[0];
            // exactly on a border f32 may fall to either side, as it does in the reference
            return expected == actual || (OnBorder(distance, buckets, largest) && Math.Abs(expected - actual) == 1);
        },
        iter: 1000,
        threads: 1);

    [Fact]
    public void Later_and_earlier_tokens_have_buckets_of_their_own()
    {
        long[] earlier = Buckets([.. Enumerable.Range(1, 300).Select(d => -(long)d)], 32, 128), later = Buckets([.. Enumerable.Range(1, 300).Select(d => (long)d)], 32, 128);

        Assert.Equal(earlier.Select(b => b + 16), later);
        Assert.All(earlier, b => Assert.InRange(b, 1, 15));
        Assert.Equal(0, Buckets([0], 32, 128)[0]);
    }

    /// <summary>
    /// half = buckets / 2, exact = half / 2: a distance d from exact on is in bucket exact + k for the largest k with
    /// (d / exact)^(half − exact) ≥ (largest / exact)^k, compared as whole numbers.
    /// </summary>
    private static long ByIntegers(long distance, int buckets, int largest)
    {
        int half = buckets / 2, exact = half / 2;
        long size = Math.Abs(distance), offset = distance > 0 ? half : 0;
        if (size < exact)
            return offset + size;
        int k = 0;
        while (exact + k + 1 < half && Compare(size, k + 1, half, exact, largest) >= 0)
            k++;
        return offset + exact + k;
    }

    private static bool OnBorder(long distance, int buckets, int largest)
    {
        int half = buckets / 2, exact = half / 2;
        return Enumerable.Range(0, half - exact + 1).Any(k => Compare(Math.Abs(distance), k, half, exact, largest) == 0);
    }

    private static int Compare(long size, int k, int half, int exact, int largest)
    {
        int n = half - exact;
        return (BigInteger.Pow(size, n) * BigInteger.Pow(exact, k)).CompareTo(BigInteger.Pow(largest, k) * BigInteger.Pow(exact, n));
    }

    private static long[] Buckets(long[] distances, int buckets, int largest)
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        return T5Encoder.DistanceBuckets(tensor(distances), buckets, largest).data<long>().ToArray();
    }
}
