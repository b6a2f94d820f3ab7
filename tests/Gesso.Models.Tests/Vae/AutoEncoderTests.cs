using CsCheck;
using Gesso.Contracts.Errors;
using Gesso.Models.Vae;
using Gesso.Testing;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Models.Tests.Vae;

public sealed class AutoEncoderTests
{
    private static readonly TinyModel Tiny = new();

    private static WeightMap Canonical => VaeWeightMaps.Diffusers;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Downscale_is_two_to_the_levels_but_one(int levels)
    {
        using var leaks = new LeakCheck();
        var config = Tiny.Vae with { Channels = [.. Enumerable.Repeat(8, levels)] };
        using var network = new Network<AutoEncoder>(ParameterList.Random(w => new AutoEncoder(config, w)), Canonical, w => new AutoEncoder(config, w));
        using var scope = NewDisposeScope();
        int downscale = config.Downscale;
        Assert.Equal(Math.Pow(2, levels - 1), downscale);

        var (mean, deviation) = network.Value.Encode(zeros(2, 3, 3 * downscale, 2 * downscale));

        Assert.Equal([2, config.LatentChannels, 3, 2], mean.shape);
        Assert.Equal(mean.shape, deviation.shape);
        Assert.Equal([2, 3, 3 * downscale, 2 * downscale], network.Value.Decode(mean).shape);
        Assert.True(deviation.gt(0).all().item<bool>());
    }

    [Theory]
    [InlineData(5, 4)]
    [InlineData(4, 5)]
    [InlineData(7, 9)]
    [InlineData(3, 8)]
    [InlineData(0, 4)]
    public void Encode_refuses_sides_that_are_no_multiples_of_the_downscale(int height, int width)
    {
        using var leaks = new LeakCheck();
        using var network = Load();
        using var pixels = zeros(1, 3, height, width);

        Assert.Contains("multiples of 4", Refusal.Of("shape_mismatch", ErrorKind.Bug, () => network.Value.Encode(pixels)));
    }

    [Fact]
    public void Other_channels_and_axes_are_refused_with_both_shapes()
    {
        using var leaks = new LeakCheck();
        using var network = Load();
        using var scope = NewDisposeScope();

        Assert.Contains("[1, 4, 8, 8]", Refusal.Of("shape_mismatch", ErrorKind.Bug, () => network.Value.Encode(zeros(1, 4, 8, 8))));
        Refusal.Of("shape_mismatch", ErrorKind.Bug, () => network.Value.Encode(zeros(3, 8, 8)));
        Assert.Contains("[1, 3, 2, 2]", Refusal.Of("shape_mismatch", ErrorKind.Bug, () => network.Value.Decode(zeros(1, 3, 2, 2))));
        Refusal.Of("shape_mismatch", ErrorKind.Bug, () => network.Value.Decode(zeros(4, 2, 2)));
    }

    [Fact]
    public void Scale_and_shift_are_undone_exactly_enough() => Gen.Select(Gen.Double[0.05, 5], Gen.Double[-2, 2], Gen.Int[0, 1000]).Sample(
        (scale, shift, seed) =>
        {
            using var leaks = new LeakCheck();
            var config = Tiny.Vae with { ScalingFactor = scale, ShiftFactor = shift };
            using var network = new Network<AutoEncoder>(Tiny.VaeWeights(), Canonical, w => new AutoEncoder(config, w));
            using var scope = NewDisposeScope();
            var latent = tensor(RandomValues.Normal(seed, 16)).view(1, 4, 2, 2);

            var model = network.Value.ToModel(latent);

            Assert.Equal((latent[0, 0, 0, 0].item<float>() - shift) * scale, model[0, 0, 0, 0].item<float>(), 1e-5);
            Assert.True((network.Value.FromModel(model) - latent).abs().max().item<float>() < 2e-6);
        },
        iter: 10,
        threads: 1);

    [Fact]
    public void A_batch_is_as_good_as_one_by_one()
    {
        using var leaks = new LeakCheck();
        using var network = Load();
        using var scope = NewDisposeScope();
        var pixels = tensor(RandomValues.Normal(1, 2 * 3 * 8 * 8)).view(2, 3, 8, 8);

        var both = network.Value.Encode(pixels).mean;
        var second = network.Value.Encode(pixels.narrow(0, 1, 1)).mean;

        Assert.True((both.narrow(0, 1, 1) - second).abs().max().item<float>() < 1e-5);
    }

    [Fact]
    public void Quant_convolutions_take_part()
    {
        using var leaks = new LeakCheck();
        var config = Tiny.Vae with { QuantConv = true };
        var content = ParameterList.Random(w => new AutoEncoder(config, w));
        using var with = new Network<AutoEncoder>(content, Canonical, w => new AutoEncoder(config, w));
        using var scope = NewDisposeScope();
        // the identity as 1×1 convolutions must give what there is without them
        int z = config.LatentChannels;
        content.Add("quant_conv.weight", [2 * z, 2 * z, 1, 1], Loading(eye(2 * z))).Add("quant_conv.bias", [2 * z], new float[2 * z]);
        content.Add("post_quant_conv.weight", [z, z, 1, 1], Loading(eye(z))).Add("post_quant_conv.bias", [z], new float[z]);
        using var identity = new Network<AutoEncoder>(content, Canonical, w => new AutoEncoder(config, w));
        using var without = new Network<AutoEncoder>(
            content.Remove("quant_conv.weight").Remove("quant_conv.bias").Remove("post_quant_conv.weight").Remove("post_quant_conv.bias"),
            Canonical, w => new AutoEncoder(Tiny.Vae, w));
        var pixels = tensor(RandomValues.Normal(1, 3 * 8 * 8)).view(1, 3, 8, 8);

        var plain = without.Value.Encode(pixels).mean;

        Assert.True((identity.Value.Encode(pixels).mean - plain).abs().max().item<float>() < 1e-6);
        Assert.True((with.Value.Encode(pixels).mean - plain).abs().max().item<float>() > 1e-3);
        Assert.True((identity.Value.Decode(plain) - without.Value.Decode(plain)).abs().max().item<float>() < 1e-5);
    }

    private static float[] Loading(Tensor tensor) => tensor.data<float>().ToArray();

    private static Network<AutoEncoder> Load() => new(Tiny.VaeWeights(), Canonical, w => new AutoEncoder(Tiny.Vae, w));
}
