using Gesso.Contracts.Images;
using Gesso.Training.Adapters;
using Gesso.Training.Datasets;
using Gesso.Training.Losses;
using Gesso.Training.Optimizers;
using Gesso.Training.Validation;

namespace Gesso.Training.Planning;

/// <summary>
/// What somebody asks to be trained, in whichever way it was said: four inputs suffice, and whatever is null is chosen by <see cref="TrainingPlanner"/>, with its reason.
/// </summary>
public sealed record TrainingOrder
{
    public required IReadOnlyList<PictureFolder> Pictures { get; init; }

    public required string OutputFolder { get; init; }

    /// <summary>The beginning of file names.</summary>
    public string? Name { get; init; }

    /// <summary>What prompts will call the subject or style by.</summary>
    public string? Trigger { get; init; }

    public string? CacheFolder { get; init; }

    public int? Rank { get; init; }

    public double? Alpha { get; init; }

    /// <summary>Which layers; its rank counts only where <see cref="Rank"/> is null.</summary>
    public ModuleSelection? Modules { get; init; }

    public BranchDropout Dropout { get; init; }

    public double? LearningRate { get; init; }

    public RateSchedule? Schedule { get; init; }

    /// <summary>Steps, or below 1 a share of all.</summary>
    public double? Warmup { get; init; }

    public int? ScheduleCycles { get; init; }

    public double? SchedulePower { get; init; }

    public double? ScheduleFloor { get; init; }

    public OptimizerPlan? Optimizer { get; init; }

    public double? MaxGradientNorm { get; init; }

    /// <summary>Updates; what <see cref="Epochs"/> says is stronger.</summary>
    public int? Steps { get; init; }

    public double? Epochs { get; init; }

    public int? BatchSize { get; init; }

    public int? Accumulation { get; init; }

    public ImageSize? Resolution { get; init; }

    /// <summary>False: everything is cropped to the resolution.</summary>
    public bool? Buckets { get; init; }

    public int? ShortestSide { get; init; }

    public int? LongestSide { get; init; }

    public int? SideStep { get; init; }

    public bool? NeverEnlarge { get; init; }

    public NoiseLevels? Levels { get; init; }

    public FlowLoss? Loss { get; init; }

    public double? Guidance { get; init; }

    public bool? Checkpointing { get; init; }

    public double? AverageDecay { get; init; }

    public int? TextLength { get; init; }

    public double? CaptionDropout { get; init; }

    public string CaptionPrefix { get; init; } = "";

    public string CaptionSuffix { get; init; } = "";

    public bool ShuffleTags { get; init; }

    public int? KeepTags { get; init; }

    public double? TagDropout { get; init; }

    public double? PriorWeight { get; init; }

    /// <summary>What the trigger stands for ("dog"): the base's own idea of it is kept.</summary>
    public string? PreservedClass { get; init; }

    public long? Seed { get; init; }

    /// <summary>Steps, or with <see cref="SavesByEpoch"/> epochs, from one saved adapter to the next.</summary>
    public int? SaveEvery { get; init; }

    public bool SavesByEpoch { get; init; }

    public int? ValidateEvery { get; init; }

    public bool ValidatesByEpoch { get; init; }

    public double? HoldOut { get; init; }

    /// <summary>Other things that the style is also to be learnt on; empty: only on those of the pictures.</summary>
    public IReadOnlyList<string> Things { get; init; } = [];

    /// <summary>What previews show; null: chosen from the captions.</summary>
    public IReadOnlyList<PreviewPrompt>? PreviewPrompts { get; init; }

    /// <summary>Begin anew although the output folder holds a state.</summary>
    public bool Fresh { get; init; }
}
