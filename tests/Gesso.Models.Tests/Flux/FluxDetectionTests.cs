using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Models.Flux;
using Gesso.Testing;

namespace Gesso.Models.Tests.Flux;

public sealed class FluxDetectionTests
{
    private static readonly TinyModel Tiny = new();

    /// <summary>A tensor name as such files have it, and what the refusal must call the file.</summary>
    public static TheoryData<string, string> LookAlikes => new()
    {
        { "lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight", "LoRA" },
        { "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight", "LoRA" },
        { "double_blocks.0.processor.qkv_lora1.down.weight", "LoRA" },
        { "lycoris_double_blocks_0_img_attn_proj.lokr_w1", "LoKr" },
        { "lycoris_double_blocks_0_img_attn_proj.hada_w1_a", "LoHa" },
        { "diffusion_model.double_blocks.0.img_mlp.0.diff", "adapter (full differences)" },
        { "diffusion_model.double_blocks.0.img_mlp.0.diff_b", "adapter (full differences)" },
        { "distilled_guidance_layer.in_proj.weight", "Chroma" },
        { "double_stream_modulation_img.lin.weight", "FLUX.2" },
        { "controlnet_blocks.0.weight", "ControlNet" },
        { "redux_up.weight", "Redux" },
        { "model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight", "Stable Diffusion 3" },
        { "model.diffusion_model.input_blocks.0.0.weight", "Stable Diffusion 1, 2 or XL" },
        { "down_blocks.0.attentions.0.proj_in.weight", "Stable Diffusion U-Net" },
        { "txt_in.individual_token_refiner.blocks.0.norm1.weight", "HunyuanVideo" },
        { "txt_norm.weight", "Qwen-Image" },
        { "noise_refiner.0.attention.qkv.weight", "Z-Image" },
        { "model.diffusion_model.blocks.0.cross_attn.q.weight", "Wan" },
        { "caption_projection.linear_1.weight", "PixArt" },
    };

    [Theory]
    [MemberData(nameof(LookAlikes))]
    public void Look_alikes_are_refused_by_what_they_are(string name, string what)
    {
        using var alone = new OpenFile(new FileContent().Add(name, [1], 0));
        using var besideFlux = new OpenFile(Tiny.TransformerWeights().Add(name, [1], 0));

        foreach (var file in new[] { alone.File, besideFlux.File })
        {
            string message = Refusal.Of("unsupported_model", ErrorKind.Refused, () => FluxDetection.Find(file));
            Assert.Contains($"{file.Path} is ", message);
            Assert.Contains(what, message);
        }
    }

    [Fact]
    public void Files_of_the_other_networks_are_no_transformers()
    {
        foreach (var content in new[] { Tiny.ClipWeights(), Tiny.T5Weights(), Tiny.VaeWeights(), Tiny.LdmVae(), new FileContent() })
        {
            using var file = new OpenFile(content);
            Assert.Null(FluxDetection.Find(file.File));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("model.diffusion_model.")]
    [InlineData("diffusion_model.")]
    [InlineData("transformer.")]
    [InlineData("model.")]
    public void Transformers_are_found_under_every_prefix_in_both_dialects(string prefix)
    {
        foreach (var (content, map) in new[]
        {
            (Tiny.TransformerWeights(), FluxWeightMaps.Bfl),
            (Tiny.TransformerWeights().InDialect(FluxWeightMaps.Diffusers, Tiny.Transformer.Hidden), FluxWeightMaps.Diffusers),
        })
        {
            using var file = new OpenFile(content.Renamed(n => prefix + n).Add("vae.decoder.conv_in.weight", [1], 0));
            var found = FluxDetection.Find(file.File)!;
            Assert.Equal(prefix, found.Source.Prefix);
            Assert.Same(map, found.Map);
            Configs.AssertEqual(Tiny.Transformer, found.Config);
            Assert.Same(FluxVariant.Dev, found.Variant);
        }
    }

    [Theory]
    [InlineData(1, true, "dev")]
    [InlineData(1, false, "schnell")]
    [InlineData(2, true, "control")]
    [InlineData(6, true, "fill")]
    public void Variants_are_told_by_channels_and_guidance(int widths, bool guidance, string name)
    {
        var config = Tiny.Transformer with { InChannels = widths * Tiny.Transformer.OutChannels, GuidanceEmbed = guidance };
        using var file = new OpenFile(ParameterList.Random(w => new FluxTransformer(config, w)));

        var found = FluxDetection.Find(file.File)!;

        Assert.Equal(name, found.Variant.Name);
        Assert.Equal(config.InChannels, found.Config.InChannels);
        // what cannot be run says so before it is loaded
        Assert.Equal(name is "fill", found.Variant.Unsupported is not null);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(48)]
    [InlineData(80)]
    public void A_head_width_without_a_known_split_asks_for_the_axes(int headDim)
    {
        int[] axes = [headDim - 4, 2, 2];
        var config = Tiny.Transformer with { Heads = 1, HeadDim = headDim, Axes = axes, MlpHidden = 32 };
        using var file = new OpenFile(ParameterList.Random(w => new FluxTransformer(config, w)));

        string message = Refusal.Of("unknown_axes", () => FluxDetection.Find(file.File));

        Assert.Contains($"the head width is {headDim}", message);
        Assert.Contains("--axes", message);
        Configs.AssertEqual(config, FluxDetection.Find(file.File, axes)!.Config);
    }

    [Theory]
    [InlineData(32, 4, 14)]
    [InlineData(64, 8, 28)]
    [InlineData(128, 16, 56)]
    public void The_split_of_usual_head_widths_is_that_of_Flux(int headDim, int first, int others)
    {
        var config = Tiny.Transformer with { Heads = 1, HeadDim = headDim, Axes = [first, others, others], MlpHidden = 32 };
        using var file = new OpenFile(ParameterList.Random(w => new FluxTransformer(config, w)));

        Configs.AssertEqual(config, FluxDetection.Find(file.File)!.Config);
    }

    [Theory]
    [InlineData(4, 14, 13)]
    [InlineData(3, 15, 14)]
    [InlineData(4, 14, 16)]
    [InlineData(0, 16, 16)]
    [InlineData(-4, 18, 18)]
    public void Axes_that_do_not_split_the_head_are_refused(int a, int b, int c)
    {
        using var file = new OpenFile(Tiny.TransformerWeights());

        string message = Refusal.Of("bad_config", () => FluxDetection.Find(file.File, [a, b, c]));

        Assert.Contains($"sum to the head width 32; got [{a}, {b}, {c}]", message);
    }

    [Theory]
    [InlineData("img_in.weight")]
    [InlineData("txt_in.weight")]
    [InlineData("vector_in.in_layer.weight")]
    [InlineData("time_in.in_layer.weight")]
    [InlineData("final_layer.linear.weight")]
    [InlineData("double_blocks.0.img_mlp.0.weight")]
    [InlineData("double_blocks.0.img_attn.norm.query_norm.scale")]
    public void An_incomplete_transformer_is_told_by_what_it_lacks(string name)
    {
        using var file = new OpenFile(Tiny.TransformerWeights().Remove(name));

        Assert.Contains($"{name} is missing", Refusal.Of("weights_mismatch", () => FluxDetection.Find(file.File)));
    }

    [Fact]
    public void An_empty_head_is_refused()
    {
        using var file = new OpenFile(Tiny.TransformerWeights().Add("double_blocks.0.img_attn.norm.query_norm.scale", [0]));

        Assert.Throws<GessoException>(() => FluxDetection.Find(file.File));
    }
}
