namespace Gesso.Training.Validation;

/// <summary>The loss of some pictures with the adapter and without, on the same noise and the same levels.</summary>
/// <param name="Loss">With the adapter, mean over pictures and levels.</param>
/// <param name="Base">Without.</param>
/// <param name="Low">Loss / base over the levels below 1/3: detail.</param>
/// <param name="Middle">Of those in between: what things look like.</param>
/// <param name="High">Of those above 2/3: composition.</param>
public sealed record PairedLoss(double Loss, double Base, double Low, double Middle, double High)
{
    /// <summary>Below 1: better than the base.</summary>
    public double Ratio => Loss / Base;
}

public readonly record struct Interval(double From, double To);

/// <summary>What a validation found.</summary>
public sealed record ValidationResult
{
    /// <summary>Whoever trains a style mostly draws with its trigger: other prompts count, but less.</summary>
    private const double ForgettingShare = 0.25;

    public required int Step { get; init; }

    /// <summary>Pictures that are not trained on; null where none were held out.</summary>
    public PairedLoss? HeldOut { get; init; }

    /// <summary>95 % of bootstrap samples of the held-out pictures have a mean difference to the base in here; below 0: surely better.</summary>
    public Interval? HeldOutInterval { get; init; }

    /// <summary>As many pictures that are trained on: the gap to the held-out ones is what was learnt by heart.</summary>
    public required PairedLoss Trained { get; init; }

    /// <summary>Pictures that the base drew for prompts without the trigger; above 1: the base is being forgotten. Null: no such prompts.</summary>
    public PairedLoss? Forgetting { get; init; }

    /// <summary>The likest training picture of each preview.</summary>
    public IReadOnlyList<NearestPicture> Copies { get; init; } = [];

    /// <summary>
    /// What the choice of the best goes by, lower is better: the loss on what is learnt, and a share of what other prompts lost, both as parts of the base's loss.
    /// Not the product of the ratios: the base's loss on its own drawings is small, so a ratio makes much of little.
    /// </summary>
    public double Score
    {
        get
        {
            var learnt = HeldOut ?? Trained;
            double lost = Forgetting is null ? 0 : Math.Max(0, Forgetting.Loss - Forgetting.Base);
            return (learnt.Loss + ForgettingShare * lost) / learnt.Base;
        }
    }
}

/// <summary>How like a drawn picture is to the likest one that was trained on.</summary>
/// <param name="Preview">Index of the preview.</param>
/// <param name="Path">The training picture.</param>
/// <param name="Likeness">−1 … 1; the correlation of both at 16×16.</param>
/// <param name="BaseLikeness">The likeness that the base's own drawing for this prompt and seed has to its likest picture.</param>
public sealed record NearestPicture(int Preview, string Path, double Likeness, double BaseLikeness)
{
    /// <summary>So like, and so much liker than without the adapter, that it is rather a copy than the style.</summary>
    public bool IsCopy => Likeness > 0.97 && Likeness > BaseLikeness + 0.02;
}
