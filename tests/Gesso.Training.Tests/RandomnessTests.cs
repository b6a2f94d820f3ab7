using CsCheck;
using Gesso.Contracts.Images;

namespace Gesso.Training.Tests;

public sealed class RandomnessTests
{
    private static readonly Randomness Randomness = new(new Seed(7));

    [Fact]
    public void Seeds_tell_uses_and_places_apart()
    {
        long[] seeds = [Randomness.For("noise", 1), Randomness.For("noise", 2), Randomness.For("noise", 1, 0), Randomness.For("level", 1), new Randomness(new Seed(8)).For("noise", 1)];

        Assert.Equal(seeds.Length, seeds.Distinct().Count());
        Assert.All(seeds, s => Assert.True(s >= 0));
        Assert.Equal(Randomness.For("noise", 5, 6), Randomness.For("noise", 5, 6));
    }

    [Fact]
    public void Normal_numbers_have_mean_zero_and_deviation_one()
    {
        double[] drawn = [.. Enumerable.Range(0, 20_000).Select(i => Randomness.Normal(Randomness.For("x", i)))];

        Assert.Equal(0, drawn.Average(), 0.03);
        Assert.Equal(1, drawn.Average(x => x * x), 0.05);
    }

    [Fact]
    public void Shuffling_keeps_everything() => Gen.Select(Gen.Int.Array[0, 40], Gen.Long[0, 100]).Sample((things, seed) =>
        Randomness.Shuffled(seed, things).Order().SequenceEqual(things.Order()));

    [Fact]
    public void Every_order_is_equally_likely()
    {
        var counts = Enumerable.Range(0, 12_000).GroupBy(i => string.Concat(Randomness.Shuffled(Randomness.For("s", i), "abc"))).Select(g => g.Count()).ToList();

        Assert.Equal(6, counts.Count);
        Assert.All(counts, c => Assert.InRange(c, 1800, 2200));
    }
}
