using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Layers;
using Gesso.Torch.Tests.Weights;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Torch.Tests.Layers;

/// <summary>Each kind of branch against the definition: the weight plus its difference, in one product.</summary>
public sealed class SideBranchTests
{
    private const int Inputs = 12;
    private const int Outputs = 20;

    public static TheoryData<string> Kinds => [.. Made.Keys];

    private static Dictionary<string, Func<IWeightBranch>> Made { get; } = new()
    {
        ["low rank"] = () => new LowRankBranch(Random(1, 3, Inputs), Random(2, Outputs, 3), 0.5),
        ["low rank on rows"] = () => new LowRankBranch(Random(1, 3, Inputs), Random(2, 7, 3), 0.5, 5),
        ["Kronecker"] = () => new KroneckerBranch(Random(1, 4, 3), Random(2, 5, 4), 0.25),
        ["Kronecker on rows"] = () => new KroneckerBranch(Random(1, 2, 6), Random(2, 3, 2), 0.25, 9),
        ["Hadamard"] = () => new HadamardBranch(Random(1, Outputs, 2), Random(2, 2, Inputs), Random(3, Outputs, 3), Random(4, 3, Inputs), 2),
        ["Hadamard on rows"] = () => new HadamardBranch(Random(1, 4, 2), Random(2, 2, Inputs), Random(3, 4, 2), Random(4, 2, Inputs), 2, 16),
        ["difference"] = () => new DifferenceBranch(Random(1, Outputs, Inputs)),
        ["difference on rows"] = () => new DifferenceBranch(Random(1, 2, Inputs), 3),
        ["low rank with a gain"] = () => new LowRankBranch(Random(1, 3, Inputs), Random(2, Outputs, 3), 0.5) { RowGain = Random(5, Outputs) },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Branch_answers_as_the_merged_weight_does(string kind)
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        var layer = new AdaptedLinear(new Linear(Random(11, Outputs, Inputs), Random(12, Outputs)));
        var (x, own) = (Random(13, 2, 3, Inputs), layer.DenseWeight());
        var branch = Made[kind]();

        layer.Attach(branch, -0.3);

        var expected = own.clone();
        if (branch.RowGain is { } gain)
            expected = expected * (1 - 0.3 * (gain - 1)).unsqueeze(1);
        expected.narrow(0, branch.FirstRow, branch.Rows).add_(branch.Difference(), -0.3);
        Assert.Null(TensorComparison.Difference("output", layer.Forward(x), nn.functional.linear(x, expected, layer.Bias), 1e-6));
        Assert.Null(TensorComparison.Difference("merged", layer.MergedWeight(), expected, 1e-6));
    }

    [Fact]
    public void Kronecker_and_Hadamard_differences_are_the_written_out_products()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        var (w1, w2) = (Random(1, 4, 3), Random(2, 5, 4));
        Assert.Null(TensorComparison.Difference("kron", new KroneckerBranch(w1, w2, 2).Difference(), kron(w1, w2) * 2, 1e-6));
        var (b1, a1, b2, a2) = (Random(1, 5, 2), Random(2, 2, 7), Random(3, 5, 3), Random(4, 3, 7));
        var product = b1.mm(a1) * b2.mm(a2) * 3;
        Assert.Null(TensorComparison.Difference("hadamard", new HadamardBranch(b1, a1, b2, a2, 3).Difference(), product, 1e-6));
        var lowRank = HadamardBranch.AsLowRank(b1, a1, b2, a2, 3);
        Assert.Equal(6, lowRank.Rank);
        Assert.Null(TensorComparison.Difference("low rank", lowRank.Difference(), product, 1e-6));
    }

    [Theory]
    [InlineData(StorageType.F32, LinearStorage.Expanded, 1e-6)]
    [InlineData(StorageType.F16, LinearStorage.Compact, 1e-3)]
    [InlineData(StorageType.F8E4M3, LinearStorage.Compact, 1e-2)]
    public void Folding_keeps_the_answers_and_takes_the_branches_off(StorageType type, LinearStorage storage, double tolerance)
    {
        using var leaks = new LeakCheck();
        var content = new FileContent().Add("a.weight", type, [Outputs, Inputs], RandomValues.Normal(1, Outputs * Inputs)).Add("a.bias", [Outputs], RandomValues.Normal(2, Outputs));
        Loading.With(content, w => w.Linear("a", Inputs, Outputs), loaded =>
        {
            using var scope = NewDisposeScope();
            var layer = (AdaptedLinear)loaded;
            var x = Random(3, 4, Inputs);
            layer.Attach(new LowRankBranch(Random(4, 2, Inputs), Random(5, Outputs, 2), 0.5) { RowGain = Random(6, Outputs) }, 0.8);
            layer.Attach(new KroneckerBranch(Random(7, 4, 3), Random(8, 5, 4), 0.25));
            var beside = layer.Forward(x);

            layer.Fold();

            Assert.Empty(layer.Branches);
            Assert.Null(TensorComparison.Difference("output", layer.Forward(x), beside, tolerance));
            return 0;
        }, storage: storage);
    }

    /// <summary>As on GPUs: everything in bf16 but the gain, which is near 1 and would lose its digits there.</summary>
    [Fact]
    public void Branches_work_in_bfloat16()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        Tensor Half(Tensor tensor) => tensor.to(ScalarType.BFloat16);
        var (weight, bias, x, gain) = (Random(11, Outputs, Inputs), Random(12, Outputs), Random(13, 2, 3, Inputs), 1 + Random(14, Outputs) * 1e-3);
        AdaptedLinear layer = new(new Linear(weight, bias)), half = new(new Linear(Half(weight), Half(bias)));

        layer.Attach(new LowRankBranch(Random(1, 3, Inputs), Random(2, Outputs, 3), 0.5) { RowGain = gain }, 0.7);
        layer.Attach(new KroneckerBranch(Random(3, 4, 3), Random(4, 5, 4), 0.25));
        half.Attach(new LowRankBranch(Half(Random(1, 3, Inputs)), Half(Random(2, Outputs, 3)), 0.5) { RowGain = gain }, 0.7);
        half.Attach(new KroneckerBranch(Half(Random(3, 4, 3)), Half(Random(4, 5, 4)), 0.25));

        var y = half.Forward(Half(x));
        Assert.Equal(ScalarType.BFloat16, y.dtype);
        Assert.Null(TensorComparison.Difference("output", y, layer.Forward(x), 2e-2));
        Assert.Null(TensorComparison.Difference("merged", half.MergedWeight(), layer.MergedWeight(), 1e-2));
    }

    [Fact]
    public void Shape_of_a_network_is_found_without_weights()
    {
        using var leaks = new LeakCheck();
        var shape = NetworkShape.Of(w => (w["a"].Linear("b", 3, 4), w["a"].Parameter("scale", 5), w.Embedding("t", 6, 7)));

        Assert.Equal(new LinearShape(3, 4, true), shape.Linears["a.b"]);
        Assert.Equal([5], shape.Parameters["a.scale"]);
        Assert.Single(shape.Parameters);
    }

    private static Tensor Random(int seed, params long[] shape) => tensor(RandomValues.Normal(seed, shape.Aggregate(1L, (a, b) => a * b))).view(shape);
}
