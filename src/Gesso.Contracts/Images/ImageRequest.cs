namespace Gesso.Contracts.Images;

/// <summary>Whose conventions to follow where the reference implementations differ (noise, text length, shift, rounding).</summary>
public enum ParityMode
{
    /// <summary>huggingface/diffusers: f32 noise, bytes rounded, posterior sampled.</summary>
    Diffusers,

    /// <summary>black-forest-labs/flux: noise drawn in bfloat16, bytes truncated, posterior mean.</summary>
    Bfl,

    /// <summary>ComfyUI: fixed shift, T5 padded to at least 256 tokens.</summary>
    Comfy,
}

/// <summary>
/// What to draw. A null member means "the model's default"; <c>GenerationPlan</c> (Gesso.Engine) resolves every one of them and
/// refuses values outside their range.
/// </summary>
public sealed record ImageRequest
{
    public required string Prompt { get; init; }

    /// <summary>A separate prompt for T5; null: <see cref="Prompt"/> goes to both encoders.</summary>
    public string? Prompt2 { get; init; }

    /// <summary>What the picture must not show; takes effect with <see cref="TrueGuidance"/> above 1.</summary>
    public string? NegativePrompt { get; init; }

    public ImageSize? Size { get; init; }

    /// <summary>Denoising steps, 1 … 1000.</summary>
    public int? Steps { get; init; }

    /// <summary>Distilled guidance fed to the network (FLUX.1 dev family), 0 … 100.</summary>
    public double? Guidance { get; init; }

    /// <summary>True classifier-free guidance scale (two network calls a step), 1 = off, up to 100.</summary>
    public double? TrueGuidance { get; init; }

    public Seed? Seed { get; init; }

    /// <summary>How many pictures, 1 … 1000; picture k uses seed + k.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The picture to start from (image-to-image, inpainting).</summary>
    public RasterImage? InitImage { get; init; }

    /// <summary>How much of the initial picture is redrawn, above 0 … 1.</summary>
    public double? Strength { get; init; }

    /// <summary>White is redrawn, black is kept; needs <see cref="InitImage"/>.</summary>
    public RasterImage? Mask { get; init; }

    /// <summary>What the picture follows (edges, a depth map), for control models (FLUX.1 Canny, Depth) and control adapters, which need one.</summary>
    public RasterImage? ControlImage { get; init; }

    /// <summary>T5 tokens, padding included.</summary>
    public int? TextLength { get; init; }

    /// <summary>euler, dpmpp-2m, unipc or euler-ancestral.</summary>
    public string? Sampler { get; init; }

    public ParityMode? Parity { get; init; }

    /// <summary>They add up; the order does not matter.</summary>
    public IReadOnlyList<ImageAdapter> Adapters { get; init; } = [];
}
