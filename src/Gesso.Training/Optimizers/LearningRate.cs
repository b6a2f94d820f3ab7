using Gesso.Contracts.Errors;

namespace Gesso.Training.Optimizers;

/// <summary>How the rate goes over a run (diffusers optimization.py; kohya's lr_scheduler).</summary>
public enum RateSchedule
{
    Constant,
    ConstantWithWarmup,
    Linear,
    Cosine,
    CosineWithRestarts,
    Polynomial,
}

/// <summary>
/// The learning rate of every step, a function of the step alone: nothing to save, and a run that is made longer bends its curve from where it stands.
/// </summary>
public sealed record LearningRate
{
    /// <summary>The highest rate.</summary>
    public required double Peak { get; init; }

    public RateSchedule Schedule { get; init; } = RateSchedule.Constant;

    /// <summary>Steps over which the rate rises from 0; below 1 a share of all steps (lr_warmup_steps). A plainly constant rate has none.</summary>
    public double Warmup { get; init; }

    /// <summary>Of <see cref="RateSchedule.CosineWithRestarts"/> (lr_scheduler_num_cycles).</summary>
    public int Cycles { get; init; } = 1;

    /// <summary>Of <see cref="RateSchedule.Polynomial"/> (lr_scheduler_power).</summary>
    public double Power { get; init; } = 1;

    /// <summary>Where falling rates end, as a share of the peak (lr_scheduler_min_lr_ratio).</summary>
    public double FloorRatio { get; init; }

    public LearningRate Validate()
    {
        Require(Peak > 0 && double.IsFinite(Peak), "Learning rate: expected more than 0", Peak);
        Require(Warmup >= 0 && double.IsFinite(Warmup), "Warm-up: expected a number of steps, or a share below 1", Warmup);
        Require(Cycles >= 1, "Cycles: expected at least 1", Cycles);
        Require(Power > 0 && double.IsFinite(Power), "Power: expected more than 0", Power);
        Require(FloorRatio is >= 0 and < 1, "Lowest rate: expected a share of 0 to 1", FloorRatio);
        return this;
    }

    /// <param name="step">0-based.</param>
    /// <param name="steps">Of the whole run.</param>
    public double At(int step, int steps)
    {
        if (Schedule == RateSchedule.Constant)
            return Peak;
        int warmup = Warmup < 1 ? (int)(Warmup * steps) : (int)Warmup;
        // kohya and diffusers begin at 0, which wastes the first step; their curve is kept so that runs can be compared
        if (step < warmup)
            return Peak * step / Math.Max(1, warmup);
        double progress = Math.Min(1, (double)(step - warmup) / Math.Max(1, steps - warmup));
        double share = Schedule switch
        {
            RateSchedule.ConstantWithWarmup => 1,
            RateSchedule.Linear => 1 - progress,
            RateSchedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * progress)),
            RateSchedule.CosineWithRestarts => progress >= 1 ? 0 : 0.5 * (1 + Math.Cos(Math.PI * (Cycles * progress % 1))),
            RateSchedule.Polynomial => Math.Pow(1 - progress, Power),
            _ => throw GessoException.Bug("unknown_schedule", $"{Schedule} is not a schedule of rates."),
        };
        return Schedule == RateSchedule.ConstantWithWarmup ? Peak : Peak * (FloorRatio + (1 - FloorRatio) * share);
    }

    private static void Require(bool holds, string expected, double got)
    {
        if (!holds)
            throw GessoException.Invalid("out_of_range", $"{expected}, got {got}.");
    }
}
