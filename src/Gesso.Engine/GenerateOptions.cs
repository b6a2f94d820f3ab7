using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;

namespace Gesso.Engine;

/// <summary>How a plan is drawn; nothing here changes the picture.</summary>
public sealed record GenerateOptions
{
    /// <summary>Whether steps carry a preview picture, which costs time.</summary>
    public bool Previews { get; init; }

    /// <summary>Where to continue; null: at the first picture's first step.</summary>
    public ResumePoint? Resume { get; init; }
}

/// <summary>Where an interrupted request continues.</summary>
/// <param name="Image">The first picture that is not finished, 0-based; those before it are skipped.</param>
/// <param name="Checkpoint">From <see cref="GenerationStep.SaveCheckpoint"/> at that picture; null: the picture begins anew.</param>
public sealed record ResumePoint(int Image, byte[]? Checkpoint);

/// <summary>One request of several that are drawn together.</summary>
/// <param name="Plan">From <see cref="ImageEngine.Plan"/>.</param>
public sealed record BatchItem(GenerationPlan Plan)
{
    public GenerateOptions Options { get; init; } = new();

    /// <summary>Takes this request out before its next step; no more steps of it come, and the others go on.</summary>
    public CancellationToken Cancellation { get; init; }

    internal void Validate(GenerationPlan like)
    {
        ArgumentNullException.ThrowIfNull(Plan);
        ArgumentNullException.ThrowIfNull(Options);
        if (Plan.BatchKey != like.BatchKey)
        {
            throw GessoException.Invalid("batch_mismatch",
                $"Requests drawn together must have equal batch keys: expected {like.BatchKey}, got {Plan.BatchKey}. Draw them one after the other.");
        }
        if (Options.Resume is { } resume && (resume.Image < 0 || resume.Image >= Plan.Count))
            throw GessoException.Invalid("out_of_range", $"Resume: expected picture 0 to {Plan.Count - 1}, got {resume.Image}.");
    }
}
