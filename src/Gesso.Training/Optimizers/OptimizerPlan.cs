using Gesso.Contracts.Errors;

namespace Gesso.Training.Optimizers;

public enum OptimizerKind
{
    AdamW,
    Prodigy,
    Adafactor,
    Lion,
    ScheduleFreeAdamW,
    Muon,
}

/// <summary>Which optimiser, and its settings; a null member means the optimiser's own default.</summary>
public sealed record OptimizerPlan
{
    public OptimizerKind Kind { get; init; } = OptimizerKind.AdamW;

    /// <summary>Decay of the first moment; of Muon the momentum.</summary>
    public double? Beta1 { get; init; }

    /// <summary>Decay of the second moment; of Lion that of its mean.</summary>
    public double? Beta2 { get; init; }

    public double? Epsilon { get; init; }

    public double? WeightDecay { get; init; }

    /// <summary>Used where <see cref="Kind"/> is Prodigy, with the members above in their places.</summary>
    public ProdigyOptions Prodigy { get; init; } = new();

    /// <summary>Used where <see cref="Kind"/> is Adafactor.</summary>
    public AdafactorOptions Adafactor { get; init; } = new();

    public OptimizerPlan Validate()
    {
        Require(Beta1 is null or (>= 0 and < 1), "Beta 1: expected 0 to below 1", Beta1);
        Require(Kind != OptimizerKind.ScheduleFreeAdamW || Beta1 is null or > 0, "Beta 1 of a schedule-free optimiser: expected more than 0", Beta1);
        Require(Beta2 is null or (>= 0 and < 1), "Beta 2: expected 0 to below 1", Beta2);
        Require(Epsilon is null or > 0, "Epsilon: expected more than 0", Epsilon);
        Require(WeightDecay is null or (>= 0 and < 1000), "Weight decay: expected 0 or more", WeightDecay);
        Require(Prodigy.FirstDistance > 0, "Prodigy's first distance: expected more than 0", Prodigy.FirstDistance);
        return this;
    }

    public IOptimizer Create(ParameterSet parameters)
    {
        double Or(double? given, double otherwise) => given ?? otherwise;
        return Kind switch
        {
            OptimizerKind.AdamW => new AdamW(parameters, Or(Beta1, 0.9), Or(Beta2, 0.999), Or(Epsilon, 1e-8), Or(WeightDecay, 0.01)),
            OptimizerKind.Prodigy => new Prodigy(parameters, Prodigy with
            {
                Beta1 = Or(Beta1, Prodigy.Beta1),
                Beta2 = Or(Beta2, Prodigy.Beta2),
                Epsilon = Or(Epsilon, Prodigy.Epsilon),
                WeightDecay = Or(WeightDecay, Prodigy.WeightDecay),
            }),
            OptimizerKind.Adafactor => new Adafactor(parameters, Adafactor with { WeightDecay = Or(WeightDecay, Adafactor.WeightDecay) }),
            OptimizerKind.Lion => new Lion(parameters, Or(Beta1, 0.9), Or(Beta2, 0.99), Or(WeightDecay, 0)),
            OptimizerKind.ScheduleFreeAdamW => new ScheduleFreeAdamW(parameters, Or(Beta1, 0.9), Or(Beta2, 0.999), Or(Epsilon, 1e-8), Or(WeightDecay, 0)),
            OptimizerKind.Muon => new Muon(parameters, Or(Beta1, 0.95), Or(WeightDecay, 0)),
            _ => throw GessoException.Bug("unknown_optimizer", $"{Kind} is not an optimiser."),
        };
    }

    private static void Require(bool holds, string expected, double? got)
    {
        if (!holds)
            throw GessoException.Invalid("out_of_range", $"{expected}, got {got}.");
    }
}
