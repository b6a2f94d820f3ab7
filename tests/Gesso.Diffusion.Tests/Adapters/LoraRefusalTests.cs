using Gesso.Contracts.Errors;
using Gesso.Diffusion.Adapters;
using Gesso.Testing;

namespace Gesso.Diffusion.Tests.Adapters;

public sealed class LoraRefusalTests(TinyAdapters tiny) : IClassFixture<TinyAdapters>
{
    private const string Layer = "diffusion_model.double_blocks.0.img_mlp.0";
    private static readonly long D = TinyAdapters.Hidden;

    [Theory]
    [InlineData("lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k", 2048, "Stable Diffusion XL")]
    [InlineData("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", 768, "Stable Diffusion 1, 2 or XL")]
    [InlineData("unet.mid_block.attentions.0.proj_in", 8, "Stable Diffusion 1, 2 or XL")]
    [InlineData("diffusion_model.double_stream_modulation_img.lin", 8, "FLUX.2")]
    [InlineData("transformer.single_transformer_blocks.0.attn.to_qkv_mlp_proj", 8, "FLUX.2")]
    [InlineData("diffusion_model.distilled_guidance_layer.layers.0.in_layer", 8, "Chroma")]
    [InlineData("lora_unet_joint_blocks_0_x_block_attn_qkv", 8, "Stable Diffusion 3")]
    [InlineData("diffusion_model.blocks.0.self_attn.q", 8, "Wan")]
    [InlineData("transformer.transformer_blocks.0.img_mod.1", 8, "Qwen-Image")]
    [InlineData("diffusion_model.noise_refiner.0.attention.qkv", 8, "Z-Image")]
    public void Adapter_of_another_family_is_refused_by_the_familys_name(string module, int inputs, string family)
    {
        using var leaks = new LeakCheck();
        string path = tiny.Write(TinyAdapters.Pair(new FileContent(), module + ".lora_down.weight", module + ".lora_up.weight", 1, inputs, 8));

        string message = Refusal.Of("adapter_other_family", () => Take(path));

        Assert.Contains($"is an adapter for {family}", message, StringComparison.Ordinal);
        Assert.Contains(module, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Family_is_also_read_from_what_the_trainer_wrote()
    {
        using var leaks = new LeakCheck();
        string path = tiny.Write(TinyAdapters.Pair(new FileContent(), "lora_unet_blocks_7_proj.lora_down.weight", "lora_unet_blocks_7_proj.lora_up.weight", 1, 8, 8),
            new Dictionary<string, string> { ["modelspec.architecture"] = "anima-preview/lora" });
        Assert.Contains("\"anima-preview/lora\"", Refusal.Of("adapter_other_family", () => Take(path)), StringComparison.Ordinal);
    }

    [Fact]
    public void Adapter_that_matches_nothing_is_refused()
    {
        using var leaks = new LeakCheck();
        string path = tiny.Lora("double_blocks.99.img_mlp.0", 1, D, 4 * D);
        Assert.Contains("would change nothing: none of its 1 layers", Refusal.Of("adapter_no_match", () => Take(path)), StringComparison.Ordinal);
    }

    [Fact]
    public void Adapter_that_matches_in_part_works_and_lists_the_rest()
    {
        using var leaks = new LeakCheck();
        var content = TinyAdapters.Pair(new FileContent(), Layer + ".lora_A.weight", Layer + ".lora_B.weight", 1, D, 4 * D);
        float[] expected = tiny.Draw(tiny.Write(content));
        TinyAdapters.Pair(content, "diffusion_model.double_blocks.99.img_mlp.0.lora_A.weight", "diffusion_model.double_blocks.99.img_mlp.0.lora_B.weight", 3, D, 4 * D);
        TinyAdapters.Tensor(content, "diffusion_model.double_blocks.0.img_mlp.2.oft_blocks", 5, 2, 2, 2);
        TinyAdapters.Tensor(content, "something_else", 6, 2);
        string path = tiny.Write(content);

        using (var opened = tiny.Open())
            Assert.Equal(["diffusion_model.double_blocks.0.img_mlp.2.oft_blocks", "diffusion_model.double_blocks.99.img_mlp.0", "something_else"], opened.Model.Adapters.Take(path).Unused.Order());
        Assert.Equal(expected, tiny.Draw(path));
    }

    [Fact]
    public void Half_a_pair_is_refused_by_what_is_missing()
    {
        using var leaks = new LeakCheck();
        string half = tiny.Write(TinyAdapters.Tensor(new FileContent(), Layer + ".lora_B.weight", 1, 4 * D, 2));
        string kronecker = tiny.Write(TinyAdapters.Tensor(TinyAdapters.Tensor(new FileContent(), Layer + ".lokr_w1", 1, 4, 4), Layer + ".lokr_w2_a", 2, 4, 2));
        string hadamard = tiny.Write(TinyAdapters.Tensor(new FileContent(), Layer + ".hada_w1_a", 1, 4, 2));
        string alpha = tiny.Write(TinyAdapters.Tensor(new FileContent(), Layer + ".alpha", 1));

        Assert.Contains($"{Layer} lacks lora_down (A)", Refusal.Of("adapter_half_pair", () => Take(half)), StringComparison.Ordinal);
        Assert.Contains($"{Layer} lacks lokr_w2_b", Refusal.Of("adapter_half_pair", () => Take(kronecker)), StringComparison.Ordinal);
        Assert.Contains($"{Layer} lacks hada_w1_b, hada_w2_a, hada_w2_b", Refusal.Of("adapter_half_pair", () => Take(hadamard)), StringComparison.Ordinal);
        Refusal.Of("adapter_half_pair", () => Take(alpha));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Values_that_are_not_finite_are_refused_by_their_tensor(float value)
    {
        using var leaks = new LeakCheck();
        float[] up = RandomValues.Normal(2, 4 * D * 2);
        up[17] = value;
        var content = TinyAdapters.Tensor(new FileContent(), Layer + ".lora_A.weight", 1, 2, D).Add(Layer + ".lora_B.weight", [4 * D, 2], up);
        Assert.Contains($"{Layer}.lora_B.weight holds NaN or infinity", Refusal.Of("adapter_not_finite", () => Take(tiny.Write(content))), StringComparison.Ordinal);
        content = TinyAdapters.Pair(new FileContent(), Layer + ".lora_A.weight", Layer + ".lora_B.weight", 1, D, 4 * D).Add(Layer + ".alpha", [], value);
        Refusal.Of("adapter_not_finite", () => Take(tiny.Write(content)));
    }

    [Fact]
    public void Widths_that_do_not_fit_are_refused_by_both_sizes()
    {
        using var leaks = new LeakCheck();
        void Refused(FileContent content, string what) => Assert.Contains(what, Refusal.Of("adapter_wrong_width", () => Take(tiny.Write(content))), StringComparison.Ordinal);

        Refused(TinyAdapters.Pair(new FileContent(), Layer + ".lora_A.weight", Layer + ".lora_B.weight", 1, D + 1, 4 * D), $"{Layer} is {D + 1}→{4 * D}, the layer {D}→{4 * D}");
        Refused(TinyAdapters.Pair(new FileContent(), Layer + ".lora_A.weight", Layer + ".lora_B.weight", 1, D, D), $"{D}→{D}, the layer {D}→{4 * D}");
        Refused(TinyAdapters.Tensor(TinyAdapters.Tensor(new FileContent(), Layer + ".lora_A.weight", 1, 2, D), Layer + ".lora_B.weight", 2, 4 * D, 3), "factors that do not fit each other");
        Refused(TinyAdapters.Tensor(TinyAdapters.Tensor(new FileContent(), Layer + ".lokr_w1", 1, 4, 4), Layer + ".lokr_w2", 2, 3, 16), $"64→12, the layer {D}→{4 * D}");
        Refused(TinyAdapters.Tensor(new FileContent(), Layer + ".diff", 1, D, D), $"{D}→{D}, the layer");
        Refused(TinyAdapters.Tensor(new FileContent(), Layer + ".diff_b", 1, 3), $"a bias that has not the layer's {4 * D} values");
        Refused(TinyAdapters.Tensor(new FileContent(), "diffusion_model.double_blocks.0.img_attn.norm.query_norm.diff", 1, 5), "no vector of 32");
        Refused(TinyAdapters.Tensor(TinyAdapters.Pair(new FileContent(), Layer + ".lora_A.weight", Layer + ".lora_B.weight", 1, D, 4 * D), Layer + ".dora_scale", 3, 7), "magnitudes for neither");
        Refused(TinyAdapters.Tensor(new FileContent(), "lora_te3_encoder_block_1_layer_0_SelfAttention_q.diff_b", 1, 16), "with a bias, which the layer has not");
    }

    [Fact]
    public void Files_that_are_no_adapters_are_refused()
    {
        using var leaks = new LeakCheck();
        string checkpoint = tiny.Write(new TinyModel().TransformerWeights());
        string twice = tiny.Write(TinyAdapters.Pair(TinyAdapters.Pair(new FileContent(), Layer + ".lora_A.one.weight", Layer + ".lora_B.one.weight", 1, D, 4 * D), Layer + ".lora_A.two.weight", Layer + ".lora_B.two.weight", 1, D, 4 * D));

        Refusal.Of("not_an_adapter", () => Take(checkpoint));
        Refusal.Of("adapter_ambiguous", () => Take(twice));
        Refusal.Of("adapter_not_found", () => Take("/no/such/file.safetensors"));
        string settings = tiny.Write(TinyAdapters.Pair(new FileContent(), Layer + ".lora_A.weight", Layer + ".lora_B.weight", 1, D, 4 * D), new Dictionary<string, string> { ["lora_adapter_metadata"] = "[1" });
        Refusal.Of("adapter_bad_metadata", () => Take(settings));
    }

    private void Take(string path)
    {
        using var opened = tiny.Open();
        opened.Model.Adapters.Take(path);
    }
}
