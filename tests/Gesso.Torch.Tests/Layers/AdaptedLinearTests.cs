using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Torch.Tests.Layers;

public sealed class AdaptedLinearTests
{
    private const int Inputs = 6;
    private const int Outputs = 8;

    [Fact]
    public void Branch_adds_what_its_weight_difference_would()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        var (layer, x) = (Layer(), Random(1, 3, 5, Inputs));
        var (down, up) = (Random(2, 2, Inputs), Random(3, Outputs, 2));
        var branch = new LowRankBranch(down, up, 0.5);

        layer.Attach(branch, 0.7);

        var merged = layer.DenseWeight() + up.mm(down) * (0.5 * 0.7);
        Same(nn.functional.linear(x, merged, layer.Bias), layer.Forward(x));
    }

    [Fact]
    public void Branch_on_a_slice_leaves_the_other_rows_alone()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        var (layer, x) = (Layer(), Random(1, 4, Inputs));
        var before = layer.Forward(x);

        layer.Attach(new LowRankBranch(Random(2, 2, Inputs), Random(3, 3, 2), 1, firstRow: 4));

        var after = layer.Forward(x);
        Assert.Equal(Values(before.narrow(1, 0, 4)), Values(after.narrow(1, 0, 4)));
        Assert.Equal(Values(before.narrow(1, 7, 1)), Values(after.narrow(1, 7, 1)));
        Same(before.narrow(1, 4, 3) + x.mm(Random(2, 2, Inputs).t()).mm(Random(3, 3, 2).t()), after.narrow(1, 4, 3));
    }

    [Fact]
    public void Several_branches_add_are_reweighted_and_leave_the_layer_as_it_was()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        var (layer, x) = (Layer(), Random(1, 4, Inputs));
        var (a, b) = (new LowRankBranch(Random(2, 2, Inputs), Random(3, Outputs, 2), 1), new LowRankBranch(Random(4, 3, Inputs), Random(5, Outputs, 3), 1));
        var bare = layer.Forward(x);
        Tensor Part(LowRankBranch branch) => x.mm(branch.Down.t()).mm(branch.Up.t());

        layer.Attach(a);
        layer.Attach(b, -0.5);
        Same(bare + Part(a) - Part(b) * 0.5, layer.Forward(x));
        layer.SetStrength(b, 2);
        Same(bare + Part(a) + Part(b) * 2, layer.Forward(x));
        layer.Detach(a);
        Same(bare + Part(b) * 2, layer.Forward(x));
        layer.Detach(b);

        Assert.Empty(layer.Branches);
        Assert.Equal(Values(bare), Values(layer.Forward(x)));
        Refusal.Of("not_attached", ErrorKind.Bug, () => layer.SetStrength(a, 1));
    }

    [Fact]
    public void Wider_branch_widens_the_layer()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        var (layer, x) = (Layer(), Random(1, 4, Inputs + 3));
        var branch = new LowRankBranch(Random(2, 2, Inputs + 3), Random(3, Outputs, 2), 1);

        layer.Attach(branch);

        Assert.Equal(Inputs + 3, layer.Inputs);
        Same(layer.Own.Forward(x.narrow(1, 0, Inputs)) + x.mm(branch.Down.t()).mm(branch.Up.t()), layer.Forward(x));
        layer.Detach(branch);
        Assert.Equal(Inputs, layer.Inputs);
    }

    /// <summary>What a trainer needs: the base is frozen and stored compactly, and the branch before it still learns.</summary>
    [Theory]
    [InlineData(LinearStorage.Expanded)]
    [InlineData(LinearStorage.Compact)]
    public void Gradients_pass_frozen_layers_to_earlier_branches(LinearStorage storage)
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        var content = new FileContent().Add("a.weight", StorageType.BF16, [Outputs, Inputs], RandomValues.Normal(7, Outputs * Inputs)).Add("a.bias", [Outputs], RandomValues.Normal(8, Outputs))
            .Add("b.weight", StorageType.BF16, [Inputs, Outputs], RandomValues.Normal(9, Outputs * Inputs)).Add("b.bias", [Inputs], RandomValues.Normal(10, Inputs));
        using var file = TensorFiles.Open(content.WriteSafetensors(folder.At("file.safetensors")));
        LoadedNetwork<ILinear[]> Load()
        {
            // as a picture does that is drawn before a training
            using var mode = inference_mode();
            return CheckpointWeights.Load(new WeightSource(file), WeightMap.Identity("test"), LoadOptions.Cpu with { Storage = storage }, "test network",
                w => new[] { w.Linear("a", Inputs, Outputs), w.Linear("b", Outputs, Inputs) });
        }

        using var loaded = Load();
        using var scope = NewDisposeScope();
        var (down, up) = (Random(2, 2, Inputs).requires_grad_(), zeros(Outputs, 2).requires_grad_());
        loaded.Layers.Linears["a"].Attach(new LowRankBranch(down, up, 1));
        var x = Random(1, 3, Inputs);

        var loss = loaded.Network[1].Forward(loaded.Network[0].Forward(x)).square().sum();
        loss.backward();

        // d loss / d up = (2·y·W_b)ᵀ · (x·Aᵀ); y is linear in up, which is zero
        var y = nn.functional.linear(nn.functional.linear(x, loaded.Layers.Linears["a"].DenseWeight(), loaded.Layers.Linears["a"].Bias), loaded.Layers.Linears["b"].DenseWeight(), loaded.Layers.Linears["b"].Bias);
        var expected = (y * 2).mm(loaded.Layers.Linears["b"].DenseWeight()).t().mm(x.mm(down.detach().t()));
        Same(expected, up.grad!);
        Assert.All(loaded.Layers.Linears.Values, l => Assert.Null(l.Bias!.grad));
    }

    [Fact]
    public void Layers_and_parameters_are_found_by_name_and_a_parameter_comes_back_bit_for_bit()
    {
        using var leaks = new LeakCheck();
        var content = new FileContent().Add("block.lin.weight", StorageType.BF16, [2, 3], RandomValues.Normal(1, 6)).Add("block.lin.bias", [2], [0.1f, 0.2f])
            .Add("block.norm.scale", [3], [1 / 3f, 1, 3]);
        using var folder = new TestFolder();
        using var file = TensorFiles.Open(content.WriteSafetensors(folder.At("file.safetensors")));
        using var loaded = CheckpointWeights.Load(new WeightSource(file), WeightMap.Identity("test"), LoadOptions.Cpu, "test network",
            w => (w["block"].Linear("lin", 3, 2), w["block"]["norm"].Parameter("scale", 3)));
        using var scope = NewDisposeScope();
        using var mode = inference_mode();

        Assert.Equal(["block.lin"], loaded.Layers.Linears.Keys);
        Assert.Equal(["block.lin.bias", "block.norm.scale"], loaded.Layers.Parameters.Keys.Order());
        var scale = loaded.Layers.Parameters["block.norm.scale"];
        scale.Change(tensor([1f, 2f, 3f]));
        scale.Change(tensor([1e8f, -1, 0.5f]));
        Assert.Equal([1e8f + 1 / 3f, 0, 3.5f], loaded.Network.Item2.data<float>().ToArray());
        loaded.Layers.Clear();
        Assert.Equal([1 / 3f, 1, 3], loaded.Network.Item2.data<float>().ToArray());
        Refusal.Of("shape_mismatch", ErrorKind.Bug, () => scale.Change(tensor([1f])));
    }

    private static AdaptedLinear Layer() => new(new Linear(Random(11, Outputs, Inputs), Random(12, Outputs)));

    private static float[] Values(Tensor tensor) => tensor.contiguous().data<float>().ToArray();

    private static Tensor Random(int seed, params long[] shape) => tensor(RandomValues.Normal(seed, shape.Aggregate(1L, (a, b) => a * b))).view(shape);

    private static void Same(Tensor expected, Tensor actual) => Assert.Null(TensorComparison.Difference("output", actual, expected, 1e-6));
}
