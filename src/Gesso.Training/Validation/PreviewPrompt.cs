using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;

namespace Gesso.Training.Validation;

/// <summary>What a preview shows. Null members are drawn as the engine draws when it is told nothing.</summary>
/// <param name="Text">The prompt.</param>
public sealed record PreviewPrompt(string Text)
{
    private const int MostSteps = 1000;
    private const double MostGuidance = 100;
    private const int LargestSide = 8192;

    /// <summary>Takes effect with <see cref="TrueGuidance"/> above 1.</summary>
    public string? Negative { get; init; }

    /// <summary>Sides become multiples of what the model can draw.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>Null: one that belongs to the run and the place in the list.</summary>
    public Seed? Seed { get; init; }

    public int? Steps { get; init; }

    /// <summary>Distilled guidance; models without pass it by.</summary>
    public double? Guidance { get; init; }

    /// <summary>Two passes a step, towards the prompt and away from <see cref="Negative"/>.</summary>
    public double? TrueGuidance { get; init; }

    /// <summary>The usual plan with what is said here.</summary>
    /// <param name="usual">How the engine draws otherwise.</param>
    /// <param name="pixelStep">Of the model.</param>
    /// <param name="seed">Where none is said.</param>
    public DenoisePlan Over(DenoisePlan usual, int pixelStep, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(usual);
        int Side(int asked) => Math.Max(1, asked / pixelStep) * pixelStep;
        double trueGuidance = TrueGuidance ?? usual.TrueGuidance;
        return usual with
        {
            Prompt = Text,
            Prompt2 = Text,
            NegativePrompt = Negative ?? (TrueGuidance > 1 ? usual.NegativePrompt ?? "" : usual.NegativePrompt),
            Size = Size is { } size ? new ImageSize(Side(size.Width), Side(size.Height)) : usual.Size,
            Steps = Steps ?? usual.Steps,
            Guidance = Guidance ?? usual.Guidance,
            TrueGuidance = trueGuidance,
            Seed = Seed ?? seed,
            Adapters = [],
        };
    }

    public void Validate()
    {
        Require(Size is null or { Width: >= 1 and <= LargestSide, Height: >= 1 and <= LargestSide }, $"sides of 1 to {LargestSide}", Size);
        Require(Steps is null or (>= 1 and <= MostSteps), $"1 to {MostSteps} steps", Steps);
        Require(Guidance is null or (>= 0 and <= MostGuidance), $"a guidance of 0 to {MostGuidance}", Guidance);
        Require(TrueGuidance is null or (>= 1 and <= MostGuidance), $"a true guidance (--l) of 1 to {MostGuidance}", TrueGuidance);
        Require(Seed is null or { Value: >= 0 }, "a seed of 0 or more", Seed);
    }

    private void Require(bool holds, string expected, object? got)
    {
        if (!holds)
            throw GessoException.Invalid("out_of_range", $"Preview \"{Text}\": expected {expected}, got {got}.");
    }
}
