using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Training.Adapters;
using Gesso.Training.Buckets;
using Gesso.Training.Captions;
using Gesso.Training.Datasets;
using Gesso.Training.Losses;
using Gesso.Training.Optimizers;
using Gesso.Training.Validation;

namespace Gesso.Training;

/// <summary>Everything that a run decides beforehand. Equal plans on equal pictures train equal weights, on one machine to the bit.</summary>
public sealed record TrainingPlan
{
    public required IReadOnlyList<PictureFolder> Pictures { get; init; }

    /// <summary>Where adapters, state, log, previews and report go.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Beginning of file names.</summary>
    public string Name { get; init; } = "lora";

    /// <summary>Where latents and text states are kept; null: inside the output folder. Runs may share one.</summary>
    public string? CacheFolder { get; init; }

    public required BucketOptions Buckets { get; init; }

    public CaptionRules Captions { get; init; } = new();

    /// <summary>T5 tokens, padding included; as the model will be drawn with.</summary>
    public required int TextLength { get; init; }

    /// <summary>Updates of the weights in the whole run.</summary>
    public required int Steps { get; init; }

    public int BatchSize { get; init; } = 1;

    /// <summary>Batches whose gradients are averaged before an update.</summary>
    public int Accumulation { get; init; } = 1;

    public ModuleSelection Modules { get; init; } = new();

    /// <summary>Branches are scaled by alpha / rank; null: alpha = rank, so that a rate means the same at every rank. kohya's default of 1 trains almost nothing.</summary>
    public double? Alpha { get; init; }

    public BranchDropout Dropout { get; init; }

    public NoiseLevels Levels { get; init; } = new();

    public FlowLoss Loss { get; init; } = new();

    public OptimizerPlan Optimizer { get; init; } = new();

    public required LearningRate Rate { get; init; }

    /// <summary>Longer gradients are shortened to this norm; 0: never.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Of the running mean of the weights that is validated and saved; null: the weights themselves.</summary>
    public double? AverageDecay { get; init; }

    /// <summary>What a guidance-distilled model is told while training.</summary>
    public double Guidance { get; init; } = 1;

    /// <summary>Less memory for a third more time. Where the base stays as stored it is always done: decoded weights would pile up until the way back.</summary>
    public bool Checkpointing { get; init; }

    public Seed Seed { get; init; } = new(42);

    /// <summary>How much regularisation pictures count (prior_loss_weight).</summary>
    public double PriorWeight { get; init; } = 1;

    /// <summary>Keeps the class of the subject as the base draws it; null: nothing is done for it.</summary>
    public OutputPreservation? Preservation { get; init; }

    /// <summary>
    /// Where the caption is dropped, aim at what the base answers instead of at the picture. For models that draw with true guidance: the pass without a prompt stays where it
    /// was, and the distance to it, which guidance multiplies, then holds what was learnt. With plain dropout both passes learn it and their difference does not.
    /// </summary>
    public bool KeepsUnprompted { get; init; }

    /// <summary>A step whose loss or gradient is not finite is left out and the rate halved; after this many in a row the run stops.</summary>
    public int MostBadSteps { get; init; } = 3;

    /// <summary>Steps from one saved state and ladder adapter to the next; 0: a tenth of the run.</summary>
    public int SaveEvery { get; init; }

    /// <summary>Adapters on the ladder that are kept, evenly spread over the run.</summary>
    public int LadderLength { get; init; } = 5;

    public ValidationPlan Validation { get; init; } = new();

    /// <summary>Beside every adapter the same in diffusers' names.</summary>
    public bool DiffusersTwin { get; init; }

    /// <summary>Go on where the state in the output folder stands; without one, begin.</summary>
    public bool Resume { get; init; } = true;

    public double AlphaOrRank => Alpha ?? Modules.Rank;

    public int SaveInterval => SaveEvery > 0 ? SaveEvery : Math.Max(1, Steps / 10);

    /// <param name="model">What is trained.</param>
    public TrainingPlan Validate(FluxModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Require(Pictures.Count > 0, "Pictures: expected at least one folder, got none.");
        Require(Name.Length > 0 && Name.IndexOfAny(Path.GetInvalidFileNameChars()) < 0, $"Name: expected a file name, got \"{Name}\".");
        Require(TextLength >= 1 && TextLength <= model.T5Tokenizer.MaxLength, $"Text length: expected 1 to {model.T5Tokenizer.MaxLength}, got {TextLength}.");
        Require(Steps is >= 1 and <= 10_000_000, $"Steps: expected at least 1, got {Steps}.");
        Require(BatchSize is >= 1 and <= 1024, $"Batch size: expected 1 to 1024, got {BatchSize}.");
        Require(Accumulation is >= 1 and <= 4096, $"Accumulation: expected 1 to 4096, got {Accumulation}.");
        Require(Alpha is null or (> 0 and < 100_000), $"Alpha: expected more than 0, got {Alpha}.");
        foreach (double share in (double[])[Dropout.Network, Dropout.Rank, Dropout.Module])
            Require(share is >= 0 and < 1, $"Dropout: expected 0 to below 1, got {share}.");
        Require(MaxGradientNorm >= 0, $"Gradient norm: expected 0 (no limit) or more, got {MaxGradientNorm}.");
        Require(AverageDecay is null or (> 0 and < 1), $"Average decay: expected between 0 and 1, got {AverageDecay}.");
        Require(Guidance is >= 0 and <= 100, $"Guidance: expected 0 to 100, got {Guidance}.");
        Require(PriorWeight is >= 0 and <= 1000, $"Prior weight: expected 0 or more, got {PriorWeight}.");
        Require(MostBadSteps >= 1, $"Bad steps in a row: expected at least 1, got {MostBadSteps}.");
        Require(SaveEvery >= 0, $"Steps between saves: expected 0 or more, got {SaveEvery}.");
        Require(LadderLength >= 0, $"Ladder: expected 0 or more adapters, got {LadderLength}.");
        Buckets.Validate(model.PixelStep);
        foreach (var folder in Pictures)
            folder.Validate().BucketsOf(Buckets).Validate(model.PixelStep);
        Captions.Validate();
        Modules.Validate();
        Levels.Validate();
        Loss.Validate();
        Optimizer.Validate();
        Rate.Validate();
        Preservation?.Validate();
        Validation.Validate();
        return this;
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw GessoException.Invalid("out_of_range", message);
    }
}

/// <summary>
/// Differential output preservation: every picture is also shown with the trigger replaced by the plain class, and there the network is drawn to what it answers
/// without the adapter (ai-toolkit, sd-scripts; lora.md §2). So "a dog" stays a dog while "a sks dog" is learnt.
/// </summary>
/// <param name="Trigger">As it stands in captions.</param>
/// <param name="Class">What takes its place, for example "dog".</param>
/// <param name="Weight">Of this loss beside the data's.</param>
public sealed record OutputPreservation(string Trigger, string Class, double Weight = 1)
{
    public void Validate()
    {
        if (Trigger.Length == 0 || !(Weight > 0))
            throw GessoException.Invalid("out_of_range", $"Output preservation: expected a trigger and a weight above 0, got \"{Trigger}\" and {Weight}.");
    }

    /// <summary>The caption of the class.</summary>
    public string Of(string caption) => caption.Replace(Trigger, Class, StringComparison.OrdinalIgnoreCase);
}

/// <summary>How a run is watched and which of its adapters is called best.</summary>
public sealed record ValidationPlan
{
    /// <summary>Steps from one validation to the next; 0: a tenth of the run; negative: never.</summary>
    public int Every { get; init; }

    /// <summary>Share of the pictures that is never trained on.</summary>
    public double HoldOut { get; init; } = 0.1;

    /// <summary>With fewer pictures than this nothing is held out: each is needed.</summary>
    public int FewestPictures { get; init; } = 12;

    /// <summary>Prompts without the trigger: how the base draws these is what must not be forgotten.</summary>
    public IReadOnlyList<string> ForgettingPrompts { get; init; } = [];

    /// <summary>Prompts that are drawn at every validation, with one seed each.</summary>
    public IReadOnlyList<PreviewPrompt> PreviewPrompts { get; init; } = [];

    /// <summary>How previews and forgetting probes are drawn: the engine's own plan, of which prompt, seed and what a prompt says are replaced; null: neither is.</summary>
    public DenoisePlan? Drawing { get; init; }

    public int Interval(int steps) => Every != 0 ? Every : Math.Max(1, steps / 10);

    public void Validate()
    {
        if (HoldOut is not (>= 0 and < 1))
            throw GessoException.Invalid("out_of_range", $"Held-out share: expected 0 to below 1, got {HoldOut}.");
        if (Drawing is null && (PreviewPrompts.Count > 0 || ForgettingPrompts.Count > 0))
            throw GessoException.Bug("no_drawing", "Previews and forgetting probes need a plan to draw by.");
        foreach (var prompt in PreviewPrompts)
            prompt.Validate();
    }
}
