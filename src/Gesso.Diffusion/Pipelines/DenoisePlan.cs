using Gesso.Contracts.Images;
using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Schedules;

namespace Gesso.Diffusion.Pipelines;

/// <summary>One picture with everything decided; values are valid (the engine's GenerationPlan saw to it).</summary>
public sealed record DenoisePlan
{
    public required string Prompt { get; init; }

    /// <summary>For T5.</summary>
    public required string Prompt2 { get; init; }

    /// <summary>Null: no negative pass.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>Multiples of <see cref="FluxModel.PixelStep"/>.</summary>
    public required ImageSize Size { get; init; }

    public required int Steps { get; init; }

    /// <summary>Distilled guidance; ignored by models without.</summary>
    public double Guidance { get; init; }

    /// <summary>True guidance scale; takes effect above 1 with a negative prompt.</summary>
    public double TrueGuidance { get; init; } = 1;

    public required Seed Seed { get; init; }

    public required string Sampler { get; init; }

    public required ParityMode Parity { get; init; }

    /// <summary>T5 tokens, padding included.</summary>
    public required int TextLength { get; init; }

    /// <summary>RGB of exactly <see cref="Size"/>, or null.</summary>
    public RasterImage? InitImage { get; init; }

    /// <summary>One channel of exactly <see cref="Size"/>; needs <see cref="InitImage"/>.</summary>
    public RasterImage? Mask { get; init; }

    /// <summary>RGB of exactly <see cref="Size"/>, for models and adapters whose image tokens are wider than the latents; null for all others.</summary>
    public RasterImage? ControlImage { get; init; }

    /// <summary>Share of the schedule that is run on an initial picture.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>Noise levels instead of the model's own schedule.</summary>
    public IReadOnlyList<float>? Sigmas { get; init; }

    /// <summary>Put on the networks before they are asked.</summary>
    public IReadOnlyList<PlannedAdapter> Adapters { get; init; } = [];

    /// <summary>Steps that are really run: fewer where a given picture skips the start of the schedule.</summary>
    public int StepsToRun => InitImage is null || Parity == ParityMode.Comfy ? Sigmas?.Count - 1 ?? Steps
        : Steps - FlowSchedule.Skipped(Steps, Strength);

    public bool UsesTrueGuidance => TrueGuidance > 1 && NegativePrompt is not null;
}
