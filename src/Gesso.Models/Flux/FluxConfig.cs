using System.Text.Json;
using Gesso.Contracts.Errors;

namespace Gesso.Models.Flux;

/// <summary>
/// The sizes of a FLUX.1 transformer; everything comes from a config file or from the shapes of the tensors, nothing is built in.
/// FLUX.1 itself: 3072 wide, 24 heads × 128, rotary 16+56+56, 19 double and 38 single blocks (flux/src/flux/util.py).
/// </summary>
public sealed record FluxConfig
{
    /// <summary>Channels of one packed image token at the input: 4 · latent channels, more for Fill and Control.</summary>
    public required int InChannels { get; init; }

    /// <summary>Channels of one packed image token at the output: 4 · latent channels.</summary>
    public required int OutChannels { get; init; }

    public required int Heads { get; init; }

    public required int HeadDim { get; init; }

    /// <summary>How the head width is shared among the three id axes (index, row, column); even numbers that sum to <see cref="HeadDim"/>.</summary>
    public required IReadOnlyList<int> Axes { get; init; }

    public required int DoubleBlocks { get; init; }

    public required int SingleBlocks { get; init; }

    /// <summary>Width of the T5 states.</summary>
    public required int ContextDim { get; init; }

    /// <summary>Width of the pooled CLIP state.</summary>
    public required int PooledDim { get; init; }

    /// <summary>Whether distilled guidance is an input (dev family) or not (schnell).</summary>
    public required bool GuidanceEmbed { get; init; }

    /// <summary>Width of the hidden layer of the MLPs; 4 · <see cref="Hidden"/> in every published model.</summary>
    public required int MlpHidden { get; init; }

    public int RotaryTheta { get; init; } = 10_000;

    /// <summary>Width of the sinusoidal time and guidance features.</summary>
    public int SinusoidDim { get; init; } = 256;

    public int Hidden => Heads * HeadDim;

    public int LatentChannels => OutChannels / 4;

    /// <summary>FLUX.1 dev as published; schnell lacks the guidance.</summary>
    public static FluxConfig Dev { get; } = new()
    {
        InChannels = 64,
        OutChannels = 64,
        Heads = 24,
        HeadDim = 128,
        Axes = [16, 56, 56],
        DoubleBlocks = 19,
        SingleBlocks = 38,
        ContextDim = 4096,
        PooledDim = 768,
        GuidanceEmbed = true,
        MlpHidden = 12288,
    };

    public FluxConfig Validate()
    {
        if (Heads < 1 || HeadDim < 2 || DoubleBlocks < 0 || SingleBlocks < 0 || InChannels < 4 || OutChannels < 4 || OutChannels % 4 != 0)
            throw GessoException.Invalid("bad_config", $"Not a FLUX.1 configuration: {this}.");
        if (Axes.Count != 3 || Axes.Sum() != HeadDim || Axes.Any(a => a <= 0 || a % 2 != 0))
        {
            throw GessoException.Invalid("bad_config",
                $"axes_dims_rope must be three even numbers that sum to the head width {HeadDim}; got [{string.Join(", ", Axes)}].");
        }
        return this;
    }

    /// <summary>From <c>transformer/config.json</c> of a diffusers folder.</summary>
    public static FluxConfig FromDiffusers(JsonElement json)
    {
        int heads = Int(json, "num_attention_heads", 24), headDim = Int(json, "attention_head_dim", 128);
        int inChannels = Int(json, "in_channels", 64);
        return new FluxConfig
        {
            InChannels = inChannels,
            OutChannels = Int(json, "out_channels", inChannels),
            Heads = heads,
            HeadDim = headDim,
            Axes = json.TryGetProperty("axes_dims_rope", out var axes) ? [.. axes.EnumerateArray().Select(a => a.GetInt32())] : [16, 56, 56],
            DoubleBlocks = Int(json, "num_layers", 19),
            SingleBlocks = Int(json, "num_single_layers", 38),
            ContextDim = Int(json, "joint_attention_dim", 4096),
            PooledDim = Int(json, "pooled_projection_dim", 768),
            GuidanceEmbed = json.TryGetProperty("guidance_embeds", out var g) && g.ValueKind == JsonValueKind.True,
            MlpHidden = 4 * heads * headDim,
        }.Validate();
    }

    private static int Int(JsonElement json, string name, int fallback) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : fallback;
}
