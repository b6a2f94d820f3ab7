using Gesso.Contracts.Errors;

namespace Gesso.Typography.Verification;

/// <summary>What is changed before the next try, cheapest first: the first three only draw text again, the last draws the whole picture.</summary>
public enum RetryChange
{
    Size,
    Contrast,
    Place,
    Seed,
}

/// <summary>The next thing to do.</summary>
/// <param name="Change">Null: nothing more.</param>
/// <param name="Scale">For <see cref="RetryChange.Size"/>: what to multiply sizes with.</param>
/// <param name="Reason">For people.</param>
public sealed record RetryStep(RetryChange? Change, double Scale, string Reason);

/// <summary>What may be changed: a size that the user fixed may not.</summary>
public sealed record RetryFreedom
{
    public bool Size { get; init; } = true;

    public bool Contrast { get; init; } = true;

    public bool Place { get; init; } = true;

    /// <summary>False for pictures that Gesso did not draw.</summary>
    public bool Seed { get; init; } = true;

    internal bool Allows(RetryChange change) => change switch
    {
        RetryChange.Size => Size,
        RetryChange.Contrast => Contrast,
        RetryChange.Place => Place,
        _ => Seed,
    };
}

/// <summary>
/// Decides what to change after a report with failures: size, contrast, place, seed, in that order; each so many times, and only where it can help. A pure
/// function of what was tried before, so a run can be told, repeated and tested.
/// </summary>
public sealed record RetryPolicy
{
    private static readonly RetryChange[] Order = [RetryChange.Size, RetryChange.Contrast, RetryChange.Place, RetryChange.Seed];

    public RetryFreedom Freedom { get; init; } = new();

    public int SizeTries { get; init; } = 2;

    public int ContrastTries { get; init; } = 1;

    public int PlaceTries { get; init; } = 1;

    public int SeedTries { get; init; } = 2;

    /// <summary>Sizes grow by this when text cannot be read, and shrink by it when it does not fit.</summary>
    public double SizeStep { get; init; } = 1.2;

    /// <exception cref="GessoException"><c>out_of_range</c>.</exception>
    public void Validate()
    {
        foreach (var change in Order)
        {
            if (Tries(change) is < 0 or > 20)
                throw GessoException.Invalid("out_of_range", $"{change}Tries: expected 0 to 20, got {Tries(change)}.");
        }
        if (SizeStep is not (> 1 and <= 2))
            throw GessoException.Invalid("out_of_range", $"SizeStep: expected more than 1 and up to 2, got {SizeStep}.");
    }

    /// <param name="report">Of the try just made.</param>
    /// <param name="made">Changes made so far, in order.</param>
    public RetryStep Next(VerificationReport report, IReadOnlyList<RetryChange> made)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(made);
        if (report.Passed)
            return new RetryStep(null, 1, "everything holds");
        var faults = report.Failures.Select(f => f.Fault).ToHashSet();
        foreach (var change in Order)
        {
            if (!Freedom.Allows(change) || made.Count(m => m == change) >= Tries(change) || faults.FirstOrDefault(f => Helps(change, f), (VerificationFault)(-1)) is var fault && (int)fault < 0)
                continue;
            double scale = change != RetryChange.Size ? 1 : faults.Contains(VerificationFault.Overflow) || faults.Contains(VerificationFault.Overlap) ? 1 / SizeStep : SizeStep;
            return new RetryStep(change, scale, $"{change} against {fault}");
        }
        return new RetryStep(null, 1, $"nothing left to change against {string.Join(", ", faults.Order())}");
    }

    private int Tries(RetryChange change) => change switch
    {
        RetryChange.Size => SizeTries,
        RetryChange.Contrast => ContrastTries,
        RetryChange.Place => PlaceTries,
        _ => SeedTries,
    };

    /// <summary>Text that is wrong before it reaches the picture is not mended in the picture.</summary>
    private static bool Helps(RetryChange change, VerificationFault fault) => change switch
    {
        RetryChange.Size => fault is VerificationFault.Overflow or VerificationFault.Overlap or VerificationFault.Unreadable,
        RetryChange.Contrast => fault is VerificationFault.LowContrast or VerificationFault.Unreadable,
        RetryChange.Place => fault is VerificationFault.Overlap or VerificationFault.LowContrast or VerificationFault.Unreadable,
        _ => fault is VerificationFault.LowContrast or VerificationFault.Unreadable or VerificationFault.StrayText,
    };
}
