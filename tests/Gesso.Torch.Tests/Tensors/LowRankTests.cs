using Gesso.Testing;
using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Torch.Tests.Tensors;

public sealed class LowRankTests
{
    [Fact]
    public void Product_is_the_closest_of_its_rank()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        var matrix = Random(1, 20, 12);
        float[] values = linalg.svd(matrix, fullMatrices: false).S.data<float>().ToArray();

        var (down, up) = LowRank.Of(matrix, new RankRule(5));

        // Eckart–Young: the error is the norm of what was cut off
        double error = (matrix - up.mm(down)).norm().item<float>(), least = Math.Sqrt(values.Skip(5).Sum(v => (double)v * v));
        Assert.Equal(least, error, 1e-4);
        Assert.Equal([5, 12], down.shape);
        Assert.Equal([20, 5], up.shape);
    }

    [Fact]
    public void Product_of_two_factors_is_cut_without_being_written_out()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        var (a, b) = (Random(1, 6, 30), Random(2, 40, 6));

        var (down, up) = LowRank.Of(a, b, new RankRule(3));
        var (expectedDown, expectedUp) = LowRank.Of(b.mm(a), new RankRule(3));

        Assert.Null(TensorComparison.Difference("product", up.mm(down), expectedUp.mm(expectedDown), 1e-5));
    }

    /// <summary>Above the exact size the first values are found by projection: of a matrix of low rank and noise, as close as the best.</summary>
    [Fact]
    public void Large_matrices_are_cut_as_closely()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        var matrix = Random(1, 900, 8).mm(Random(2, 8, 1000)) + Random(3, 900, 1000) * 0.05;
        float[] values = linalg.svd(matrix, fullMatrices: false).S.data<float>().ToArray();

        var (down, up) = LowRank.Of(matrix, new RankRule(8));

        double error = (matrix - up.mm(down)).norm().item<float>(), least = Math.Sqrt(values.Skip(8).Sum(v => (double)v * v));
        Assert.InRange(error, least * 0.9999, least * 1.0001);
    }

    [Fact]
    public void Rules_cut_where_they_say()
    {
        float[] values = [10, 6, 4, 1, 0.5f];

        Assert.Equal(2, new RankRule(2).Keep(values));
        Assert.Equal(5, new RankRule(9).Keep(values));
        Assert.Equal(3, new RankRule(9, Ratio: 5).Keep(values));
        Assert.Equal(2, new RankRule(9, Cumulative: 0.7).Keep(values));
        Assert.Equal(1, new RankRule(9, Frobenius: 0.8).Keep(values));
        Assert.Equal(2, new RankRule(2, Frobenius: 1).Keep(values));
        Refusal.Of("out_of_range", () => new RankRule(0).Validate());
        Refusal.Of("out_of_range", () => new RankRule(1, Ratio: 1).Validate());
        Refusal.Of("out_of_range", () => new RankRule(1, Cumulative: 1.5).Validate());
    }

    private static Tensor Random(int seed, params long[] shape) => tensor(RandomValues.Normal(seed, shape.Aggregate(1L, (a, b) => a * b))).view(shape);
}
