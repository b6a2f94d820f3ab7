using Gesso.Torch.Weights;

namespace Gesso.Models.Vae;

/// <summary>
/// Names of autoencoders. Canonical are diffusers'; BFL and ComfyUI keep those of latent-diffusion ("ldm"), whose decoder levels count
/// from the pixels and whose attention is made of 1×1 convolutions.
/// </summary>
public static class VaeWeightMaps
{
    public static bool IsLdm(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Contains("decoder.mid.block_1.conv1.weight");
    }

    public static WeightMap For(WeightSource source, VaeConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return IsLdm(source) ? Ldm(config.Channels.Count) : Diffusers;
    }

    /// <summary>With the attention names that diffusers used before 0.17 as alternatives.</summary>
    public static WeightMap Diffusers { get; } = new("diffusers",
        [.. Halves.SelectMany(half => new[]
        {
            Attention(half, "to_q.*", "query.*"), Attention(half, "to_k.*", "key.*"),
            Attention(half, "to_v.*", "value.*"), Attention(half, "to_out.0.*", "proj_attn.*"),
        })]);

    private static IEnumerable<string> Halves => ["encoder", "decoder"];

    /// <param name="levels">Levels of the autoencoder: decoder levels count the other way round.</param>
    public static WeightMap Ldm(int levels)
    {
        List<WeightRule> rules = [];
        foreach (string half in Halves)
        {
            Residual(rules, $"{half}.mid_block.resnets.0", $"{half}.mid.block_1");
            Residual(rules, $"{half}.mid_block.resnets.1", $"{half}.mid.block_2");
            string attention = $"{half}.mid_block.attentions.0";
            rules.Add(WeightRule.Same($"{attention}.group_norm.*", $"{half}.mid.attn_1.norm.*"));
            rules.Add(WeightRule.Same($"{attention}.to_q.*", $"{half}.mid.attn_1.q.*"));
            rules.Add(WeightRule.Same($"{attention}.to_k.*", $"{half}.mid.attn_1.k.*"));
            rules.Add(WeightRule.Same($"{attention}.to_v.*", $"{half}.mid.attn_1.v.*"));
            rules.Add(WeightRule.Same($"{attention}.to_out.0.*", $"{half}.mid.attn_1.proj_out.*"));
            rules.Add(WeightRule.Same($"{half}.conv_norm_out.*", $"{half}.norm_out.*"));
        }
        for (int level = 0; level < levels; level++)
        {
            Residual(rules, $"encoder.down_blocks.{level}.resnets.{{n}}", $"encoder.down.{level}.block.{{n}}");
            rules.Add(WeightRule.Same($"encoder.down_blocks.{level}.downsamplers.0.conv.*", $"encoder.down.{level}.downsample.conv.*"));
            int fromPixels = levels - 1 - level;
            Residual(rules, $"decoder.up_blocks.{level}.resnets.{{n}}", $"decoder.up.{fromPixels}.block.{{n}}");
            rules.Add(WeightRule.Same($"decoder.up_blocks.{level}.upsamplers.0.conv.*", $"decoder.up.{fromPixels}.upsample.conv.*"));
        }
        return new WeightMap("ldm", [.. rules]);
    }

    private static void Residual(List<WeightRule> rules, string canonical, string stored)
    {
        foreach (string part in new[] { "norm1", "conv1", "norm2", "conv2" })
            rules.Add(WeightRule.Same($"{canonical}.{part}.*", $"{stored}.{part}.*"));
        rules.Add(WeightRule.Same($"{canonical}.conv_shortcut.*", $"{stored}.nin_shortcut.*", $"{stored}.conv_shortcut.*"));
    }

    private static WeightRule Attention(string half, string name, string old) =>
        WeightRule.Same($"{half}.mid_block.attentions.0.{name}", $"{half}.mid_block.attentions.0.{name}", $"{half}.mid_block.attentions.0.{old}");
}
