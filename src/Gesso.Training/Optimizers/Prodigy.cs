using static TorchSharp.torch;

namespace Gesso.Training.Optimizers;

/// <summary>
/// Adam that finds its own rate: d grows with the distance that the gradients say is left (Mishchenko and Defazio, arXiv 2306.06101, algorithm 4;
/// konstmish/prodigy). The rate given is a factor of d, usually 1.
/// </summary>
public sealed class Prodigy : IOptimizer
{
    private readonly ParameterSet _parameters;
    private readonly ProdigyOptions _options;
    private readonly FlatMemory _memory;

    public Prodigy(ParameterSet parameters, ProdigyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        _parameters = parameters;
        _options = options ?? new ProdigyOptions();
        _memory = new FlatMemory(parameters, "mean", "square", "weighted", "start");
        Distance = LargestDistance = _options.FirstDistance;
    }

    public OptimizerMemory Memory => _memory.Snapshot;

    /// <summary>d: with the rate, the size of an Adam step.</summary>
    public double Distance
    {
        get => _memory.Numbers["distance"];
        private set => _memory.Numbers["distance"] = value;
    }

    private double LargestDistance
    {
        get => _memory.Numbers["largestDistance"];
        set => _memory.Numbers["largestDistance"] = value;
    }

    private double Numerator
    {
        get => _memory.Numbers.GetValueOrDefault("numerator");
        set => _memory.Numbers["numerator"] = value;
    }

    public void Step(double rate)
    {
        using var still = no_grad();
        using var scope = NewDisposeScope();
        var o = _options;
        var (m, v, s, x0) = (_memory["mean"], _memory["square"], _memory["weighted"], _memory["start"]);
        var (x, g) = (_parameters.Values, _parameters.Gradients);
        if (_memory.Steps == 0)
            x0.copy_(x);
        int t = ++_memory.Steps;
        double beta3 = Math.Sqrt(o.Beta2), d = Distance;
        double correction = o.BiasCorrection ? Math.Sqrt(1 - Math.Pow(o.Beta2, t)) / (1 - Math.Pow(o.Beta1, t)) : 1;
        double step = d * rate * correction;
        if (rate > 0)
        {
            Numerator = Numerator * beta3 + d / o.FirstDistance * step * (g * (x0 - x)).sum().cpu().item<float>();
            m.mul_(o.Beta1).add_(g, d * (1 - o.Beta1));
            v.mul_(o.Beta2).addcmul_(g, g, d * d * (1 - o.Beta2));
            s.mul_(beta3).add_(g, d / o.FirstDistance * (o.SafeguardWarmup ? d : step));
            double denominator = s.abs().sum().cpu().item<float>();
            if (denominator == 0)
                return;
            double estimate = o.Coefficient * Numerator / denominator;
            if (d == o.FirstDistance)
                d = Math.Max(d, estimate);
            LargestDistance = Math.Max(LargestDistance, estimate);
            Distance = Math.Min(LargestDistance, d * o.GrowthRate);
        }
        x.mul_(1 - o.WeightDecay * step);
        x.addcdiv_(m, v.sqrt().add_(Distance * o.Epsilon), -step);
    }

    public void CopyDeployed(Tensor into) => into.copy_(_parameters.Values);

    public void Recall(OptimizerMemory memory) => _memory.Recall(memory);

    public void Dispose() => _memory.Dispose();
}

/// <summary>The defaults are those that are recommended for FLUX: bias correction and safeguard on.</summary>
public sealed record ProdigyOptions
{
    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    public double Epsilon { get; init; } = 1e-8;

    public double WeightDecay { get; init; }

    /// <summary>d₀</summary>
    public double FirstDistance { get; init; } = 1e-6;

    /// <summary>Factor of every estimate (d_coef); below 1 is more careful.</summary>
    public double Coefficient { get; init; } = 1;

    /// <summary>How much d may grow in one step.</summary>
    public double GrowthRate { get; init; } = double.PositiveInfinity;

    public bool BiasCorrection { get; init; } = true;

    /// <summary>Keeps the rate out of d's denominator, so that a warm-up does not inflate d.</summary>
    public bool SafeguardWarmup { get; init; } = true;
}
