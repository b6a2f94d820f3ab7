using System.Security.Cryptography;
using Gesso.Contracts.Errors;
using Gesso.Diffusion.Adapters;
using Gesso.Formats;
using Gesso.Formats.Safetensors;
using Gesso.Testing;
using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Tests.Adapters;

/// <summary>Conversion through every dialect and back, other ranks, and what is extracted from a merged model.</summary>
public sealed class LoraWritingTests(TinyAdapters tiny) : IClassFixture<TinyAdapters>
{
    private static readonly long D = TinyAdapters.Hidden;
    private static readonly LoraDialect[] Written = [LoraDialect.Kohya, LoraDialect.Diffusers, LoraDialect.Comfy];

    public static TheoryData<LoraDialect, LoraDialect> Ways
    {
        get
        {
            var data = new TheoryData<LoraDialect, LoraDialect>();
            foreach (var first in Written)
            {
                foreach (var second in Written)
                    data.Add(first, second);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Converted_through_a_dialect_and_back_it_draws_the_same(LoraDialect first, LoraDialect second)
    {
        using var leaks = new LeakCheck();
        foreach (string source in new[] { Fused(), Separate() })
        {
            float[] expected = tiny.Draw(source, 0.7);
            TinyAdapters.AssertDiffers(tiny.DrawBare(), expected);
            string once = Convert(source, first), twice = Convert(once, second);

            using (var file = LoraFile.Open(once))
                Assert.Equal(first, file.Dialect);
            TinyAdapters.AssertSame(expected, tiny.Draw(once, 0.7));
            TinyAdapters.AssertSame(expected, tiny.Draw(twice, 0.7));
        }
    }

    /// <summary>q, k, v that share their A come together again: the file is the same, bit for bit.</summary>
    [Fact]
    public void Fused_pairs_survive_the_way_through_diffusers_unchanged()
    {
        using var leaks = new LeakCheck();
        string source = Convert(Fused(), LoraDialect.Kohya), back = Convert(Convert(source, LoraDialect.Diffusers), LoraDialect.Kohya);
        var (before, after) = (FileContent.Read(source), FileContent.Read(back));

        Assert.Equal(before.Tensors.Keys, after.Tensors.Keys);
        foreach (var (name, tensor) in before.Tensors.Where(t => t.Key.EndsWith("lora_down.weight", StringComparison.Ordinal)))
            Assert.Equal(tensor.Bytes, after[name].Bytes);
    }

    [Fact]
    public void Separate_pairs_become_a_block_diagonal_one_and_are_parted_again()
    {
        using var leaks = new LeakCheck();
        string kohya = Convert(Separate(), LoraDialect.Kohya);
        var fused = FileContent.Read(kohya);
        Assert.Equal([5, D], fused["lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight"].Shape);      // 2 of q and 3 of v
        Assert.Equal([3 * D, 5], fused["lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight"].Shape);

        var parted = FileContent.Read(Convert(kohya, LoraDialect.Diffusers));

        Assert.Equal([2, D], parted["transformer.transformer_blocks.0.attn.to_q.lora_A.weight"].Shape);
        Assert.Equal([3, D], parted["transformer.transformer_blocks.0.attn.to_v.lora_A.weight"].Shape);
        Assert.DoesNotContain(parted.Tensors.Keys, n => n.Contains("to_k", StringComparison.Ordinal));
    }

    [Fact]
    public void Kohyas_file_has_its_metadata_and_hashes()
    {
        using var leaks = new LeakCheck();
        string path = Convert(Fused(), LoraDialect.Kohya, StorageType.BF16, new Dictionary<string, string> { ["modelspec.title"] = "brand" });
        using var file = SafetensorsFile.Open(path);

        Assert.Equal("brand", file.Metadata["modelspec.title"]);
        Assert.Equal(("networks.lora_flux", "flux1", "3"), (file.Metadata["ss_network_module"], file.Metadata["ss_base_model_version"], file.Metadata["ss_network_dim"]));
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal(System.Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(8 + (int)BitConverter.ToUInt64(bytes)))), file.Metadata["sshs_model_hash"]);
        Assert.Equal(8, file.Metadata["sshs_legacy_hash"].Length);
        Assert.All(file.Tensors.Values, t => Assert.Equal(t.Name.EndsWith(".alpha", StringComparison.Ordinal) ? StorageType.F32 : StorageType.BF16, t.Type));
    }

    [Fact]
    public void What_is_no_plain_pair_is_not_converted_silently()
    {
        using var leaks = new LeakCheck();
        string lokr = tiny.Write(TinyAdapters.Tensor(TinyAdapters.Tensor(new FileContent(), "diffusion_model.double_blocks.0.img_mlp.0.lokr_w1", 1, 4, 4), "diffusion_model.double_blocks.0.img_mlp.0.lokr_w2", 2, D, D / 4));
        Assert.Contains("gesso lora resize", Refusal.Of("not_low_rank", () => Convert(lokr, LoraDialect.Kohya)), StringComparison.Ordinal);
        Refusal.Of("bad_dialect", () => Convert(Fused(), LoraDialect.XLabs));
        Refusal.Of("bad_type", () => Convert(Fused(), LoraDialect.Kohya, StorageType.F8E4M3));
    }

    [Fact]
    public void Full_rank_keeps_the_drawing_and_a_smaller_one_keeps_the_largest_values()
    {
        using var leaks = new LeakCheck();
        string source = Fused();
        float[] expected = tiny.Draw(source);
        string Resized(RankRule rule) => With(source, (plan, model) => Save(LoraResizing.Resize(plan, model, rule), model));

        TinyAdapters.AssertSame(expected, tiny.Draw(Resized(new RankRule(3))));
        TinyAdapters.AssertSame(expected, tiny.Draw(Resized(new RankRule(64, Frobenius: 1))));
        string one = Resized(new RankRule(1));
        TinyAdapters.AssertDiffers(expected, tiny.Draw(one));
        Assert.All(FileContent.Read(one).Tensors.Where(t => t.Key.EndsWith("lora_down.weight", StringComparison.Ordinal)), t => Assert.Equal(1, t.Value.Shape[0]));
    }

    [Fact]
    public void LoKr_LoHa_and_differences_become_LoRA()
    {
        using var leaks = new LeakCheck();
        const string layer = "diffusion_model.double_blocks.0.img_mlp.0";
        var lokr = TinyAdapters.Tensor(TinyAdapters.Tensor(new FileContent(), layer + ".lokr_w1", 1, 4, 4), layer + ".lokr_w2", 2, D, D / 4);
        var loha = new FileContent();
        for (int i = 0; i < 4; i++)
            TinyAdapters.Tensor(loha, $"{layer}.hada_w{i / 2 + 1}_{"ab"[i % 2]}", i, i % 2 == 0 ? [4 * D, 5] : [5, D]);
        var difference = TinyAdapters.Tensor(new FileContent(), layer + ".diff", 1, 4 * D, D);
        foreach (var content in new[] { lokr, loha, difference })
        {
            string source = tiny.Write(content);
            string lora = With(source, (plan, model) => Save(LoraResizing.Resize(plan, model, new RankRule(64)), model));
            TinyAdapters.AssertSame(tiny.Draw(source, 0.5), tiny.Draw(lora, 0.5), 1e-3);
        }
        string decomposed = tiny.Write(TinyAdapters.Tensor(TinyAdapters.Pair(new FileContent(), layer + ".lora_A.weight", layer + ".lora_B.weight", 1, D, 4 * D), layer + ".dora_scale", 3, 4 * D));
        Refusal.Of("not_resizable", ErrorKind.Refused, () => With(decomposed, (plan, model) => Save(LoraResizing.Resize(plan, model, new RankRule(4)), model)));
    }

    [Fact]
    public void Extracted_from_a_merged_model_it_draws_as_the_LoRA_that_was_merged()
    {
        using var leaks = new LeakCheck();
        string source = Fused(blocksOnly: true);
        float[] expected = tiny.Draw(source, 0.7);
        string extracted;
        using (var tuned = tiny.Open())
        using (var original = tiny.Open())
        {
            tuned.Model.Adapters.Merge([TinyAdapters.Planned(tuned.Model, source, 0.7)]);
            extracted = Save(LoraResizing.Extract(tuned.Model.Transformer.Layers, original.Model.Transformer.Layers, new RankRule(3)), tuned.Model.Adapters.Names);
            Refusal.Of("nothing_to_extract", () => LoraResizing.Extract(original.Model.Transformer.Layers, original.Model.Transformer.Layers, new RankRule(3)));
        }
        TinyAdapters.AssertSame(expected, tiny.Draw(extracted), 1e-3);
    }

    private string Convert(string source, LoraDialect dialect, StorageType type = StorageType.F32, IReadOnlyDictionary<string, string>? metadata = null) =>
        With(source, (plan, model) => Save(LoraPair.Read(plan), model, dialect, type, metadata));

    private string With(string source, Func<LoraPlan, AdapterModel, string> use)
    {
        using var opened = tiny.Open();
        using var file = LoraFile.Open(source);
        var names = opened.Model.Adapters.Names;
        return use(LoraPlan.Create(file, names), names);
    }

    private string Save(IReadOnlyList<LoraPair> pairs, AdapterModel model, LoraDialect dialect = LoraDialect.Kohya, StorageType type = StorageType.F32, IReadOnlyDictionary<string, string>? metadata = null)
    {
        try
        {
            string path = tiny.NewPath();
            LoraWriter.Write(path, pairs, model, dialect, type, metadata);
            return path;
        }
        finally
        {
            foreach (var pair in pairs)
            {
                pair.Down.Dispose();
                pair.Up.Dispose();
            }
        }
    }

    /// <summary>Whole layers, an odd scale, and what is outside of the blocks: the last modulation, and the text encoders.</summary>
    private string Fused(bool blocksOnly = false)
    {
        var content = new FileContent();
        (string Layer, long Inputs, long Outputs)[] layers = [("double_blocks_0_img_attn_qkv", D, 3 * D), ("double_blocks_0_txt_mod_lin", D, 6 * D), ("single_blocks_1_linear1", D, 7 * D), ("single_blocks_0_linear2", 5 * D, D), ("final_layer_adaLN_modulation_1", D, 2 * D)];
        foreach (var (i, (layer, inputs, outputs)) in layers.Index().Where(l => !blocksOnly || l.Item.Layer.Contains("blocks", StringComparison.Ordinal)))
            TinyAdapters.Pair(content, $"lora_unet_{layer}.lora_down.weight", $"lora_unet_{layer}.lora_up.weight", 10 * i, inputs, outputs, 3).Add($"lora_unet_{layer}.alpha", [], 1.7f);
        if (blocksOnly)
            return tiny.Write(content);
        TinyAdapters.Pair(content, "lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", "lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", 91, 64, 32, 3);
        TinyAdapters.Pair(content, "lora_te3_encoder_block_0_layer_0_SelfAttention_q.lora_down.weight", "lora_te3_encoder_block_0_layer_0_SelfAttention_q.lora_up.weight", 93, 32, 16, 3);
        return tiny.Write(content);
    }

    /// <summary>Parts with an A of their own, other ranks and other scales; k is not adapted.</summary>
    private string Separate()
    {
        var content = new FileContent();
        TinyAdapters.Pair(content, "transformer.transformer_blocks.0.attn.to_q.lora_A.weight", "transformer.transformer_blocks.0.attn.to_q.lora_B.weight", 1, D, D, 2).Add("transformer.transformer_blocks.0.attn.to_q.alpha", [], 1f);
        TinyAdapters.Pair(content, "transformer.transformer_blocks.0.attn.to_v.lora_A.weight", "transformer.transformer_blocks.0.attn.to_v.lora_B.weight", 3, D, D, 3);
        TinyAdapters.Pair(content, "transformer.single_transformer_blocks.0.proj_mlp.lora_A.weight", "transformer.single_transformer_blocks.0.proj_mlp.lora_B.weight", 5, D, 4 * D, 2);
        TinyAdapters.Pair(content, "transformer.norm_out.linear.lora_A.weight", "transformer.norm_out.linear.lora_B.weight", 7, D, 2 * D, 2);
        return tiny.Write(content);
    }
}
