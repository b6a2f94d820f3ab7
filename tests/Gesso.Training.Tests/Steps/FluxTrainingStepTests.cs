using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Layers;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using Gesso.Training.Adapters;
using Gesso.Training.Losses;
using Gesso.Training.Steps;
using static TorchSharp.torch;

namespace Gesso.Training.Tests.Steps;

public sealed class FluxTrainingStepTests(TinyTraining tiny) : IClassFixture<TinyTraining>
{
    private static readonly ModuleSelection InBlocks = new() { Rank = 2 };

    private static readonly ModuleSelection Everything = new() { Rank = 2, Inputs = [2, 2, 2, 2, 2] };

    [Fact]
    public void Blocks_that_are_computed_again_give_the_same_gradients_to_the_bit()
    {
        using var leaks = new LeakCheck();
        using var batch = Batch();
        var dropout = new BranchDropout(0.2, 0.2, 0.1);

        var (plainLoss, plain) = Gradients(tiny, InBlocks, batch, checkpointing: false, dropout);
        var (loss, again) = Gradients(tiny, InBlocks, batch, checkpointing: true, dropout);

        Assert.Equal(plainLoss, loss);
        Assert.Equal(plain, again);
        Assert.True(plain.Count(g => g != 0) > plain.Length / 2);
    }

    [Fact]
    public void Gradients_of_what_goes_into_all_blocks_differ_only_by_the_order_of_their_sum()
    {
        using var batch = Batch();

        var (_, plain) = Gradients(tiny, Everything, batch, checkpointing: false, default);
        var (_, again) = Gradients(tiny, Everything, batch, checkpointing: true, default);

        AssertClose(plain, again, 1e-6);
    }

    [Fact]
    public void Gradients_are_the_slopes_of_the_loss()
    {
        using var leaks = new LeakCheck();
        using var network = Network(tiny, Everything, default);
        using var step = new FluxTrainingStep(tiny.Model.Transformer.Use(), network, ComputeTarget.Cpu, new FlowLoss());
        using var batch = Batch();
        step.Accumulate(batch);
        float[] gradients = network.Parameters.Gradients.data<float>().ToArray();
        float[] values = network.Parameters.Values.data<float>().ToArray();
        // along the gradient itself the slope is its length; f32 leaves three digits of a difference
        double length = Math.Sqrt(gradients.Sum(g => (double)g * g));

        double At(double distance)
        {
            using var scope = NewDisposeScope();
            using var still = no_grad();
            network.Parameters.Values.copy_(tensor(values.Zip(gradients, (v, g) => (float)(v + distance * g / length)).ToArray()));
            return step.Evaluate(batch).Average();
        }

        const double h = 0.02;
        Assert.Equal(length, (At(h) - At(-h)) / (2 * h), 0.01 * length);
    }

    [Fact]
    public void Gradients_of_accumulated_batches_are_the_mean_of_each()
    {
        using var network = Network(tiny, Everything, default);
        using var step = new FluxTrainingStep(tiny.Model.Transformer.Use(), network, ComputeTarget.Cpu, new FlowLoss());
        using FlowBatch first = Batch(1, count: 1), second = Batch(2, count: 1), both = Joined(first, second);
        step.Accumulate(first, 0.5);
        step.Accumulate(second, 0.5);
        float[] accumulated = network.Parameters.Gradients.data<float>().ToArray();
        network.Parameters.ClearGradients();

        step.Accumulate(both);

        float[] together = network.Parameters.Gradients.data<float>().ToArray();
        AssertClose(together, accumulated, 1e-4);
    }

    [Theory]
    [InlineData(StorageType.BF16)]
    [InlineData(StorageType.F8E4M3)]
    public void A_base_that_stays_as_stored_trains_as_its_decoded_weights_do(StorageType stored)
    {
        using var leaks = new LeakCheck();
        using var decoded = new TinyTraining(LinearStorage.Expanded, stored);
        using var asStored = new TinyTraining(LinearStorage.Compact, stored);
        using var batch = Batch();

        var (_, expected) = Gradients(decoded, InBlocks, batch, checkpointing: false, default);
        var (_, compact) = Gradients(asStored, InBlocks, batch, checkpointing: false, default);
        var (_, again) = Gradients(asStored, InBlocks, batch, checkpointing: true, default);

        Assert.Contains(asStored.Model.Transformer.Layers.Linears.Values, l => l.Own is CompactLinear);
        Assert.Equal(expected, compact);
        Assert.Equal(expected, again);
    }

    [Fact]
    public void Branches_that_are_new_or_off_change_nothing()
    {
        using var leaks = new LeakCheck();
        using var batch = Batch();
        double[] Losses(LoraNetwork network)
        {
            using var step = new FluxTrainingStep(tiny.Model.Transformer.Use(), network, ComputeTarget.Cpu, new FlowLoss());
            return step.Evaluate(batch);
        }
        double[] without;
        using (var other = Network(tiny, Everything, default))
        {
            other.On = false;
            without = Losses(other);
            other.On = true;
            Assert.NotEqual(without, Losses(other));
        }
        using var fresh = new LoraNetwork(tiny.Model.Transformer.Layers, LoraNetwork.Select(tiny.Model.Transformer.Layers, Everything, 2), default, CPU);
        fresh.Initialise(new Randomness(new Contracts.Images.Seed(1)));

        Assert.Equal(without, Losses(fresh));
    }

    [Fact]
    public void Preserved_outputs_are_drawn_to_what_the_base_answers()
    {
        using var network = Network(tiny, Everything, default);
        using var step = new FluxTrainingStep(tiny.Model.Transformer.Use(), network, ComputeTarget.Cpu, new FlowLoss());
        using var batch = Batch();
        var preserved = batch with { TowardsBase = [true, true] };

        Assert.NotEqual(0, step.Accumulate(preserved));
        network.On = false;

        Assert.Equal(0, step.Evaluate(preserved).Sum());
    }

    [Fact]
    public void Only_rows_that_aim_at_the_base_have_its_answers_as_targets()
    {
        using var network = Network(tiny, Everything, default);
        using var step = new FluxTrainingStep(tiny.Model.Transformer.Use(), network, ComputeTarget.Cpu, new FlowLoss());
        using var batch = Batch();
        double[] plain = step.Evaluate(batch);

        double[] mixed = step.Evaluate(batch with { TowardsBase = [false, true] });
        double[] preserved = step.Evaluate(batch with { TowardsBase = [true, true] });

        Assert.Equal(plain[0], mixed[0]);
        Assert.NotEqual(plain[1], mixed[1]);
        Assert.Equal(preserved[1], mixed[1], 1e-6);
    }

    [Fact]
    public void Weights_and_masks_of_a_batch_count()
    {
        using var network = Network(tiny, Everything, default);
        using var step = new FluxTrainingStep(tiny.Model.Transformer.Use(), network, ComputeTarget.Cpu, new FlowLoss());
        using var batch = Batch();
        double[] each = step.Evaluate(batch);

        Assert.Equal((3 * each[0] + each[1]) / 2, step.Accumulate(batch with { Weights = [3, 1] }), 1e-5);
        using var half = full_like(batch.Latents, 0.5);
        Assert.Equal(each.Average() / 2, step.Accumulate(batch with { Mask = half }), 1e-5);
    }

    [Fact]
    public void Removed_branches_leave_the_network_as_it_was()
    {
        using (Network(tiny, Everything, default))
            Assert.Contains(tiny.Model.Transformer.Layers.Linears.Values, l => l.Branches.Count > 0);

        Assert.DoesNotContain(tiny.Model.Transformer.Layers.Linears.Values, l => l.Branches.Count > 0);
    }

    [Fact]
    public void A_layer_that_is_not_there_is_named()
    {
        Assert.Contains("double_blocks.99.img_attn.qkv", Refusal.Of("unknown_layer", () =>
            new LoraNetwork(tiny.Model.Transformer.Layers, [new LoraTarget("double_blocks.99.img_attn.qkv", 2, 2)], default, CPU).Dispose()));
    }

    private static (double Loss, float[] Gradients) Gradients(TinyTraining on, ModuleSelection selection, FlowBatch batch, bool checkpointing, BranchDropout dropout)
    {
        using var network = Network(on, selection, dropout);
        using var step = new FluxTrainingStep(on.Model.Transformer.Use(), network, ComputeTarget.Cpu, new FlowLoss(), checkpointing: checkpointing);
        network.BeginPass(17);
        double loss = step.Accumulate(batch);
        return (loss, network.Parameters.Gradients.data<float>().ToArray());
    }

    /// <summary>Branches whose both matrices are random: all gradients are there.</summary>
    private static LoraNetwork Network(TinyTraining on, ModuleSelection selection, BranchDropout dropout)
    {
        var layers = on.Model.Transformer.Layers;
        var network = new LoraNetwork(layers, LoraNetwork.Select(layers, selection, 2), dropout, CPU);
        using var still = no_grad();
        using var values = tensor(RandomValues.Normal(5, network.Parameters.Count, 0.1));
        network.Parameters.Values.copy_(values);
        return network;
    }

    private static void AssertClose(float[] expected, float[] actual, double share)
    {
        double largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), g => Assert.True(Math.Abs(g.First - g.Second) <= share * largest));
    }

    private FlowBatch Batch(int seed = 3, int count = 2)
    {
        var config = tiny.Model.TransformerConfig;
        Tensor Values(int n, params long[] shape)
        {
            using var scope = NewDisposeScope();
            return scope.MoveToOuter(tensor(RandomValues.Normal(seed * 10 + n, shape.Aggregate(1L, (a, b) => a * b))).view(shape));
        }
        return new FlowBatch
        {
            Latents = Values(1, count, 12, config.InChannels),
            Noise = Values(2, count, 12, config.InChannels),
            Levels = [.. new[] { 0.3, 0.9 }.Take(count)],
            States = Values(3, count, 8, config.ContextDim),
            Pooled = Values(4, count, config.PooledDim),
            Rows = 4,
            Columns = 3,
        };
    }

    private static FlowBatch Joined(FlowBatch a, FlowBatch b) => a with
    {
        Latents = cat([a.Latents, b.Latents], 0),
        Noise = cat([a.Noise, b.Noise], 0),
        Levels = [.. a.Levels, .. b.Levels],
        States = cat([a.States, b.States], 0),
        Pooled = cat([a.Pooled, b.Pooled], 0),
    };
}
