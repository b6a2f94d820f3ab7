using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Pipelines;
using Gesso.Engine.Library;
using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using Gesso.Training.Buckets;
using Gesso.Training.Optimizers;
using static TorchSharp.torch;

namespace Gesso.Training.Tests;

/// <summary>Adapters on bases in few bits (QLoRA, arXiv 2305.14314): GGUF blocks and fp8 files of golden folders, each beside the dense model of the same weights.</summary>
public sealed class QuantisedBaseTests
{
    private const int Steps = 8;

    public static TheoryData<GoldenPair> Pairs => [.. GoldenFolder.All.SelectMany(GoldenModels.Pairs).Where(p => !p.IsAllInOne && IsQuantised(p.File))];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Pairs), DisableDiscoveryEnumeration = true)]
    public void A_base_in_few_bits_trains_as_its_decoded_weights_do_and_nearly_as_the_dense_one(GoldenPair pair)
    {
        using var asStored = new TinyTraining(pair.Source, LinearStorage.Compact);
        using var decoded = new TinyTraining(pair.Source, LinearStorage.Expanded);
        using var dense = new TinyTraining(new ModelSource { Path = pair.Model }, LinearStorage.Expanded);

        var (losses, weights, _) = Train(asStored);
        var (decodedLosses, decodedWeights, _) = Train(decoded);
        var (denseLosses, _, _) = Train(dense);

        Assert.Equal(decodedLosses, losses);
        Assert.Equal(decodedWeights, weights);
        Assert.NotEqual(denseLosses, losses);
        // weights drawn at random suffer more from four bits than trained ones
        var (_, bytes) = Stored(asStored.Model);
        double near = 8.0 * bytes / Elements(asStored.Model) < 5.5 ? 0.1 : 0.03;
        for (int i = 0; i < Steps; i++)
            Assert.True(Math.Abs(losses[i] - denseLosses[i]) <= near * denseLosses[i], $"{pair}, step {i + 1}: loss {losses[i]:F4}, on the dense base {denseLosses[i]:F4}");
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Pairs), DisableDiscoveryEnumeration = true)]
    public void Complaint19_weights_in_few_bits_stay_so_under_an_adapter_and_while_training(GoldenPair pair)
    {
        using var tiny = new TinyTraining(pair.Source, LinearStorage.Compact);
        var (types, bytes) = Stored(tiny.Model);

        var (_, _, adapter) = Train(tiny);
        Assert.Equal((types, bytes), Stored(tiny.Model));
        var without = Velocity(tiny.Model, null);
        var with = Velocity(tiny.Model, adapter);

        Assert.NotEqual(without, with);
        Assert.Equal((types, bytes), Stored(tiny.Model));
        Assert.True(bytes * 3 < 4 * Elements(tiny.Model), $"{bytes} bytes for {Elements(tiny.Model)} weights are not few bits");
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Pairs), DisableDiscoveryEnumeration = true)]
    public void An_adapter_trained_on_a_base_in_few_bits_does_on_the_dense_one_what_it_learnt(GoldenPair pair)
    {
        using var asStored = new TinyTraining(pair.Source, LinearStorage.Compact);
        using var dense = new TinyTraining(new ModelSource { Path = pair.Model }, LinearStorage.Expanded);
        var (_, _, adapter) = Train(asStored);

        double[] there = Change(asStored.Model, adapter), here = Change(dense.Model, adapter);

        double likeness = there.Zip(here, (a, b) => a * b).Sum() / Math.Sqrt(there.Sum(a => a * a) * here.Sum(b => b * b));
        Assert.True(likeness > 0.9, $"{pair}: the changes correlate by {likeness:F3}");
    }

    private static bool IsQuantised(string path)
    {
        using var file = TensorFiles.Open(path);
        return file.Tensors.Values.Any(t => IsFewBits(t.Type));
    }

    private static bool IsFewBits(StorageType type) => type.IsBlockQuantized() || type is StorageType.F8E4M3 or StorageType.F8E5M2;

    private static (IReadOnlyList<double> Losses, float[] Weights, string Adapter) Train(TinyTraining tiny)
    {
        int step = tiny.Model.PixelStep;
        using var trainer = new LoraTrainer(tiny.Model, tiny.Plan("few-bits") with
        {
            CacheFolder = null,
            Buckets = new BucketOptions { Resolution = new(4 * step, 4 * step), Shortest = 2 * step, Longest = 8 * step, Step = step },
            Steps = Steps,
            Rate = new LearningRate { Peak = 1e-2 },
        });
        double[] losses = [.. trainer.Run(TestContext.Current.CancellationToken).Select(s => s.Loss)];
        return (losses, trainer.DeployedWeights(), trainer.BestAdapter);
    }

    /// <summary>The types of the linear layers in the blocks as they are held now, and what they take.</summary>
    private static (string Types, long Bytes) Stored(FluxModel model)
    {
        var held = Blocks(model).Select(l => Assert.IsType<CompactLinear>(l.Own)).ToList();
        Assert.All(held, l => Assert.False(l.Weight.IsInMemory, l.Weight.Name));
        return (string.Join(' ', held.SelectMany(l => l.Weight.Parts).Select(p => p.Tensor.Type).Distinct().Order()), held.Sum(l => l.Weight.StoredBytes));
    }

    private static long Elements(FluxModel model) => Blocks(model).Sum(l => l.Inputs * l.Outputs);

    private static IEnumerable<AdaptedLinear> Blocks(FluxModel model) =>
        model.Transformer.Layers.Linears.Where(l => l.Key.Contains("_blocks.", StringComparison.Ordinal)).Select(l => l.Value);

    private static double[] Change(FluxModel model, string adapter) => [.. Velocity(model, adapter).Zip(Velocity(model, null), (a, b) => (double)a - b)];

    private static float[] Velocity(FluxModel model, string? adapter)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var config = model.TransformerConfig;
        model.Adapters.Apply(adapter is null ? [] : [new PlannedAdapter(adapter, model.Adapters.HashOf(adapter), 1)]);
        try
        {
            var transformer = model.Transformer.Use();
            Tensor? guidance = config.GuidanceEmbed ? ones(1) : null;
            return transformer.Forward(
                Randomness.Normal(1, 1, 6, config.InChannels), Randomness.Normal(2, 1, 5, config.ContextDim), Randomness.Normal(3, 1, config.PooledDim), ones(1) * 0.5, guidance,
                transformer.Rotary(PositionIds.Text(5), PositionIds.Image(2, 3))).data<float>().ToArray();
        }
        finally
        {
            model.Adapters.Apply([]);
            model.Adapters.ReleaseUnused();
        }
    }
}
