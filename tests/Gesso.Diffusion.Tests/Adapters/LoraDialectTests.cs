using Gesso.Diffusion.Adapters;
using Gesso.Formats;
using Gesso.Testing;

namespace Gesso.Diffusion.Tests.Adapters;

/// <summary>The same numbers under every program's names do the same; dialects with a golden are tested there too.</summary>
public sealed class LoraDialectTests(TinyAdapters tiny) : IClassFixture<TinyAdapters>
{
    private static readonly long D = TinyAdapters.Hidden;

    /// <summary>Names for the down and up of the image stream's q, k, v together or its first MLP layer.</summary>
    [Theory]
    [InlineData("lora_unet_double_blocks_0_img_mlp_0.lora_down.weight", LoraDialect.Kohya)]
    [InlineData("lora_unet_transformer_blocks_0_ff_net_0_proj.lora_down.weight", LoraDialect.Kohya)]
    [InlineData("diffusion_model.double_blocks.0.img_mlp.0.lora_A.weight", LoraDialect.Comfy)]
    [InlineData("diffusion_model.double_blocks.0.img_mlp.0.lora_down.weight", LoraDialect.Comfy)]
    [InlineData("model.diffusion_model.double_blocks.0.img_mlp.0.lora_A.weight", LoraDialect.Bare)]
    [InlineData("transformer.transformer_blocks.0.ff.net.0.proj.lora_A.weight", LoraDialect.Diffusers)]
    [InlineData("transformer.transformer_blocks.0.ff.net.0.proj.lora_A.default.weight", LoraDialect.Diffusers)]
    [InlineData("transformer.transformer_blocks.0.ff.net.0.proj.lora.down.weight", LoraDialect.Diffusers)]
    [InlineData("lora_transformer_transformer_blocks_0_ff_net_0_proj.lora_down.weight", LoraDialect.OneTrainer)]
    [InlineData("base_model.model.double_blocks.0.img_mlp.0.lora_A.weight", LoraDialect.Peft)]
    [InlineData("base_model.model.transformer.transformer_blocks.0.ff.net.0.proj.lora_A.weight", LoraDialect.Peft)]
    [InlineData("lycoris_double_blocks_0_img_mlp_0.lora_down.weight", LoraDialect.Lycoris)]
    [InlineData("double_blocks.0.img_mlp.0.lora_A.weight", LoraDialect.Bare)]
    public void Every_name_of_a_layer_means_the_layer(string down, LoraDialect dialect)
    {
        using var leaks = new LeakCheck();
        string up = down.Replace("lora_A", "lora_B", StringComparison.Ordinal).Replace("down", "up", StringComparison.Ordinal);
        string path = tiny.Write(TinyAdapters.Pair(new FileContent(), down, up, 1, D, 4 * D));
        using (var file = LoraFile.Open(path))
            Assert.Equal(dialect, file.Dialect);

        float[] expected = tiny.Draw(tiny.Lora("double_blocks.0.img_mlp.0", 1, D, 4 * D));
        TinyAdapters.AssertDiffers(tiny.DrawBare(), expected);
        Assert.Equal(expected, tiny.Draw(path));
    }

    [Theory]
    [InlineData("lora_te1_text_model_encoder_layers_0_mlp_fc1", 64, 32)]
    [InlineData("lora_te_text_model_encoder_layers_0_mlp_fc1", 64, 32)]
    [InlineData("text_encoder.text_model.encoder.layers.0.mlp.fc1", 64, 32)]
    [InlineData("text_encoders.clip_l.transformer.text_model.encoder.layers.0.mlp.fc1", 64, 32)]
    [InlineData("lora_te3_encoder_block_1_layer_0_SelfAttention_q", 32, 16)]
    [InlineData("lora_te2_encoder_block_1_layer_0_SelfAttention_q", 32, 16)]
    [InlineData("text_encoder_2.encoder.block.1.layer.0.SelfAttention.q", 32, 16)]
    [InlineData("text_encoders.t5xxl.transformer.encoder.block.1.layer.0.SelfAttention.q", 32, 16)]
    public void Text_encoders_are_adapted_under_every_name(string module, int inputs, int outputs)
    {
        using var leaks = new LeakCheck();
        string own = inputs == 64 ? "text_encoder.text_model.encoder.layers.0.mlp.fc1" : "text_encoder_2.encoder.block.1.layer.0.SelfAttention.q";

        float[] with = tiny.Draw(tiny.Lora(module, 3, inputs, outputs, prefix: ""), 3);

        Assert.NotEqual(tiny.DrawBare(), with);
        Assert.Equal(tiny.Draw(tiny.Lora(own, 3, inputs, outputs, prefix: ""), 3), with);
    }

    [Fact]
    public void Diffusers_parts_are_rows_of_the_fused_layers()
    {
        using var leaks = new LeakCheck();
        var parts = new FileContent();
        var fused = new FileContent();
        long[] rows = [D, D, D, 4 * D];
        string[] names = ["attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"];
        // one A for all of them: then the fused pair has their B one under another
        TinyAdapters.Tensor(fused, "diffusion_model.single_blocks.1.linear1.lora_A.weight", 5, 2, D);
        List<float> up = [];
        for (int i = 0; i < names.Length; i++)
        {
            TinyAdapters.Tensor(parts, $"transformer.single_transformer_blocks.1.{names[i]}.lora_A.weight", 5, 2, D);
            float[] values = RandomValues.Normal(10 + i, rows[i] * 2, 0.3);
            parts.Add($"transformer.single_transformer_blocks.1.{names[i]}.lora_B.weight", [rows[i], 2], values);
            up.AddRange(values);
        }
        fused.Add("diffusion_model.single_blocks.1.linear1.lora_B.weight", [rows.Sum(), 2], [.. up]);

        TinyAdapters.AssertSame(tiny.Draw(tiny.Write(fused)), tiny.Draw(tiny.Write(parts)));
    }

    /// <summary>BFL has shift, scale; diffusers scale, shift.</summary>
    [Fact]
    public void Last_modulation_of_diffusers_has_its_halves_swapped()
    {
        using var leaks = new LeakCheck();
        float[] down = RandomValues.Normal(1, 2 * D, 0.3), up = RandomValues.Normal(2, 2 * D * 2, 0.3);
        string own = tiny.Write(new FileContent().Add("diffusion_model.final_layer.adaLN_modulation.1.lora_A.weight", [2, D], down)
            .Add("diffusion_model.final_layer.adaLN_modulation.1.lora_B.weight", [2 * D, 2], up));
        string theirs = tiny.Write(new FileContent().Add("transformer.norm_out.linear.lora_A.weight", [2, D], down)
            .Add("transformer.norm_out.linear.lora_B.weight", [2 * D, 2], [.. up[(int)(2 * D)..], .. up[..(int)(2 * D)]]));

        float[] expected = tiny.Draw(own);
        TinyAdapters.AssertDiffers(tiny.DrawBare(), expected);
        Assert.Equal(expected, tiny.Draw(theirs));
    }

    [Fact]
    public void XLabs_layers_of_single_blocks_are_the_first_rows_of_linear1()
    {
        using var leaks = new LeakCheck();
        float[] up = RandomValues.Normal(2, 3 * D * 2, 0.3);
        string theirs = tiny.Write(TinyAdapters.Tensor(new FileContent(), "single_blocks.0.processor.qkv_lora.down.weight", 1, 2, D).Add("single_blocks.0.processor.qkv_lora.up.weight", [3 * D, 2], up));
        string own = tiny.Write(TinyAdapters.Tensor(new FileContent(), "diffusion_model.single_blocks.0.linear1.lora_A.weight", 1, 2, D)
            .Add("diffusion_model.single_blocks.0.linear1.lora_B.weight", [7 * D, 2], [.. up, .. new float[4 * D * 2]]));

        TinyAdapters.AssertSame(tiny.Draw(own), tiny.Draw(theirs));
    }

    [Theory]
    [InlineData("""{"transformer.r": 2, "transformer.lora_alpha": 6}""", 3)]
    [InlineData("""{"transformer.r": 2, "transformer.lora_alpha": 2, "transformer.alpha_pattern": {"ff.net.0.proj": 6}}""", 3)]
    [InlineData("""{"transformer.r": 2, "transformer.lora_alpha": 2, "transformer.use_rslora": true}""", 1.41421356)]
    [InlineData("""{"lora_alpha": 1, "r": 2}""", 0.5)]
    [InlineData("""{"text_encoder.lora_alpha": 8}""", 1)]
    public void Alpha_of_the_header_scales(string settings, double scale)
    {
        using var leaks = new LeakCheck();
        var content = TinyAdapters.Pair(new FileContent(), "transformer.transformer_blocks.0.ff.net.0.proj.lora_A.weight", "transformer.transformer_blocks.0.ff.net.0.proj.lora_B.weight", 1, D, 4 * D);
        string told = tiny.Write(content, new Dictionary<string, string> { ["lora_adapter_metadata"] = settings });
        string beside = tiny.Write(content);
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(beside)!, "adapter_config.json"), settings);

        float[] expected = tiny.Draw(tiny.Write(content), scale);
        TinyAdapters.AssertSame(expected, tiny.Draw(told));
        TinyAdapters.AssertSame(expected, tiny.Draw(beside));
    }

    [Theory]
    [InlineData(1f, 0.5)]
    [InlineData(0f, 1)]
    [InlineData(4f, 2)]
    public void Alpha_of_a_layer_is_divided_by_its_rank_and_none_where_it_is_zero(float alpha, double scale)
    {
        using var leaks = new LeakCheck();
        var content = TinyAdapters.Pair(new FileContent(), "lora_unet_double_blocks_0_img_mlp_0.lora_down.weight", "lora_unet_double_blocks_0_img_mlp_0.lora_up.weight", 1, D, 4 * D);
        float[] expected = tiny.Draw(tiny.Write(content), scale);

        Assert.Equal(expected, tiny.Draw(tiny.Write(content.Add("lora_unet_double_blocks_0_img_mlp_0.alpha", StorageType.BF16, [], [alpha]))));
    }
}
