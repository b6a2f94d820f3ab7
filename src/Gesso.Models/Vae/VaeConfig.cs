using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Torch.Weights;

namespace Gesso.Models.Vae;

/// <summary>Sizes of a convolutional autoencoder; FLUX.1: channels 128·(1,2,4,4), 2 residual blocks a level, 16 latent channels.</summary>
public sealed record VaeConfig
{
    /// <summary>Channels of each level, from pixels to latents; every level but the last halves the picture.</summary>
    public required IReadOnlyList<int> Channels { get; init; }

    /// <summary>Residual blocks a level in the encoder; the decoder has one more.</summary>
    public required int BlocksPerLevel { get; init; }

    public required int LatentChannels { get; init; }

    public int NormGroups { get; init; } = 32;

    /// <summary>Attention in the middle of encoder and decoder.</summary>
    public bool MidAttention { get; init; } = true;

    /// <summary>1×1 convolutions around the latents (FLUX.2).</summary>
    public bool QuantConv { get; init; }

    /// <summary>Model latents are (z − shift) · scale.</summary>
    public double ScalingFactor { get; init; } = 0.3611;

    public double ShiftFactor { get; init; } = 0.1159;

    /// <summary>Pixels a latent cell spans.</summary>
    public int Downscale => 1 << (Channels.Count - 1);

    /// <summary>From <c>vae/config.json</c>.</summary>
    public static VaeConfig FromDiffusers(JsonElement json) => new VaeConfig
    {
        Channels = [.. json.GetProperty("block_out_channels").EnumerateArray().Select(c => c.GetInt32())],
        BlocksPerLevel = json.TryGetProperty("layers_per_block", out var layers) ? layers.GetInt32() : 2,
        LatentChannels = json.GetProperty("latent_channels").GetInt32(),
        NormGroups = json.TryGetProperty("norm_num_groups", out var groups) ? groups.GetInt32() : 32,
        MidAttention = Flag(json, "mid_block_add_attention", true),
        QuantConv = Flag(json, "use_quant_conv", true),
        ScalingFactor = Number(json, "scaling_factor", 0.3611),
        ShiftFactor = Number(json, "shift_factor", 0),
    }.Validate();

    /// <summary>From the shapes of a single file; scale and shift are FLUX.1's, which such files do not carry.</summary>
    /// <param name="source">The stored tensors.</param>
    public static VaeConfig FromTensors(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        bool ldm = VaeWeightMaps.IsLdm(source);
        string Level(int level, int block) => ldm ? $"encoder.down.{level}.block.{block}.conv1.weight" : $"encoder.down_blocks.{level}.resnets.{block}.conv1.weight";
        var first = source.Find("decoder.conv_in.weight") ?? throw GessoException.Invalid("not_an_autoencoder",
            $"{source.Path} is not an autoencoder: it has no decoder.conv_in.weight. Give FLUX.1's ae.safetensors or a diffusers vae folder.");
        List<int> channels = [];
        while (source.Find(Level(channels.Count, 0)) is { } conv)
            channels.Add((int)conv.Shape[0]);
        int blocks = 0;
        while (source.Contains(Level(0, blocks)))
            blocks++;
        int width = channels.Count > 0 ? channels.Min() : 1;
        return new VaeConfig
        {
            Channels = channels,
            BlocksPerLevel = blocks,
            LatentChannels = (int)first.Shape[1],
            NormGroups = width % 32 == 0 ? 32 : width,
            MidAttention = source.Contains(ldm ? "encoder.mid.attn_1.q.weight" : "encoder.mid_block.attentions.0.to_q.weight")
                || source.Contains("encoder.mid_block.attentions.0.query.weight"),
            QuantConv = source.Contains("quant_conv.weight"),
        }.Validate();
    }

    private VaeConfig Validate()
    {
        if (Channels.Count is < 1 or > 8 || BlocksPerLevel < 1 || LatentChannels < 1 || NormGroups < 1 || Channels.Any(c => c < 1 || c % NormGroups != 0))
        {
            throw GessoException.Invalid("bad_config",
                $"Not an autoencoder configuration: channels [{string.Join(", ", Channels)}], {BlocksPerLevel} blocks a level, {NormGroups} norm groups.");
        }
        return this;
    }

    private static bool Flag(JsonElement json, string name, bool fallback) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : fallback;

    private static double Number(JsonElement json, string name, double fallback) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : fallback;
}
