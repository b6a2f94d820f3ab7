using Gesso.Contracts.Images;
using Gesso.Training.Validation;

namespace Gesso.Training;

/// <summary>One update of the weights, as the run reports it.</summary>
public sealed record TrainingStep
{
    /// <summary>1 … <see cref="Steps"/>, over all sessions of the run.</summary>
    public required int Step { get; init; }

    public required int Steps { get; init; }

    /// <summary>0-based, with its fraction: 2.5 is the middle of the third epoch.</summary>
    public required double Epoch { get; init; }

    /// <summary>Mean of the step's batches.</summary>
    public required double Loss { get; init; }

    public required double Rate { get; init; }

    /// <summary>Before it was shortened.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Of forward, backward and update.</summary>
    public required double Seconds { get; init; }

    /// <summary>Main memory of the process at its highest so far.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>Why the update was left out; null: it was made.</summary>
    public string? Skipped { get; init; }

    /// <summary>Set where this step was followed by a validation.</summary>
    public ValidationResult? Validation { get; init; }

    /// <summary>Adapters that were written after this step.</summary>
    public IReadOnlyList<string> Saved { get; init; } = [];

    /// <summary>Pictures drawn after this step, in the order of the plan's prompts.</summary>
    public IReadOnlyList<RasterImage> Previews { get; init; } = [];
}

/// <summary>One picture or text that was made ready.</summary>
/// <param name="Done">So far.</param>
/// <param name="Total">Of pictures and texts.</param>
/// <param name="Name">Path or caption.</param>
/// <param name="Computed">False: it was in the cache.</param>
public sealed record PreparationStep(int Done, int Total, string Name, bool Computed);
