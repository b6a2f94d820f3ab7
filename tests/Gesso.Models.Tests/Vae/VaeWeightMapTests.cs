using Gesso.Models.Vae;
using Gesso.Testing;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Models.Tests.Vae;

public sealed class VaeWeightMapTests
{
    private static readonly TinyModel Tiny = new();

    [Fact]
    public void The_ldm_map_covers_every_name_and_gives_the_same_network()
    {
        using var leaks = new LeakCheck();
        var diffusers = Tiny.VaeWeights();
        var ldm = Tiny.LdmVae();

        // the names of flux/modules/autoencoder.py; those that both layouts share are few
        string[] shared = [.. ldm.Tensors.Keys.Where(diffusers.Tensors.ContainsKey)];
        Assert.All(shared, n => Assert.Matches(@"^(encoder|decoder)\.conv_(in|out)\.(weight|bias)$", n));
        Assert.All(ldm.Tensors.Keys.Except(shared), n => Assert.Matches(
            @"^((encoder\.down|decoder\.up)\.\d+\.(block\.\d+\.(norm1|norm2|conv1|conv2|nin_shortcut)|(down|up)sample\.conv)|(encoder|decoder)\.(mid\.(block_[12]\.(norm1|norm2|conv1|conv2)|attn_1\.(norm|q|k|v|proj_out))|norm_out))\.(weight|bias)$",
            n));
        Assert.Equal(diffusers.Tensors.Count, ldm.Tensors.Count);
        Assert.Equal(Outputs(diffusers), Outputs(ldm));
    }

    [Fact]
    public void Decoder_levels_of_ldm_count_from_the_pixels()
    {
        var map = VaeWeightMaps.Ldm(4);

        Assert.Equal(["decoder.up.3.block.0.conv1.weight"], map.Resolve("decoder.up_blocks.0.resnets.0.conv1.weight").Sources);
        Assert.Equal(["encoder.down.0.block.1.conv1.weight"], map.Resolve("encoder.down_blocks.0.resnets.1.conv1.weight").Sources);
        Assert.Equal(["decoder.up.1.upsample.conv.bias"], map.Resolve("decoder.up_blocks.2.upsamplers.0.conv.bias").Sources);
    }

    [Fact]
    public void Attention_names_of_old_diffusers_files_are_read()
    {
        using var leaks = new LeakCheck();
        var old = Tiny.VaeWeights().Renamed(n => n
            .Replace(".to_q.", ".query.", StringComparison.Ordinal).Replace(".to_k.", ".key.", StringComparison.Ordinal)
            .Replace(".to_v.", ".value.", StringComparison.Ordinal).Replace(".to_out.0.", ".proj_attn.", StringComparison.Ordinal));

        Assert.Equal(Outputs(Tiny.VaeWeights()), Outputs(old));
    }

    [Fact]
    public void Sizes_of_a_file_are_found_in_both_layouts()
    {
        foreach (var content in new[] { Tiny.VaeWeights(), Tiny.LdmVae() })
        {
            using var file = new OpenFile(content);
            var found = VaeConfig.FromTensors(new WeightSource(file.File));
            Assert.Equal(Tiny.Vae with { Channels = found.Channels }, found);
            Assert.Equal(Tiny.Vae.Channels, found.Channels);
        }
    }

    [Fact]
    public void A_file_that_is_no_autoencoder_is_refused()
    {
        using var file = new OpenFile(Tiny.T5Weights());

        Assert.Contains("ae.safetensors", Refusal.Of("not_an_autoencoder", () => VaeConfig.FromTensors(new WeightSource(file.File))));
    }

    private static float[] Outputs(FileContent content)
    {
        using var network = new Network<AutoEncoder>(content, s => VaeWeightMaps.For(s, Tiny.Vae), w => new AutoEncoder(Tiny.Vae, w));
        using var scope = NewDisposeScope();
        var (mean, deviation) = network.Value.Encode(tensor(RandomValues.Normal(1, 3 * 8 * 8)).view(1, 3, 8, 8));
        return [.. mean.data<float>(), .. deviation.data<float>(), .. network.Value.Decode(mean).data<float>()];
    }
}
