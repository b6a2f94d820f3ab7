using static TorchSharp.torch;

namespace Gesso.Training.Optimizers;

/// <summary>
/// AdamW whose averaging takes the place of a falling rate (Defazio et al., arXiv 2405.15682, algorithm 1; facebookresearch/schedule_free AdamWScheduleFree).
/// Gradients are taken at y, which the parameters hold; z is the fast sequence, and what is validated and saved is the average x.
/// </summary>
/// <param name="warmup">Steps over which the rate rises; the rate given to <see cref="Step"/> should stand still.</param>
public sealed class ScheduleFreeAdamW(
    ParameterSet parameters, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, int warmup = 0) : IOptimizer
{
    private readonly FlatMemory _memory = new(parameters, "z", "square");

    public OptimizerMemory Memory => _memory.Snapshot;

    private double WeightSum
    {
        get => _memory.Numbers.GetValueOrDefault("weightSum");
        set => _memory.Numbers["weightSum"] = value;
    }

    private double LargestRate
    {
        get => _memory.Numbers.GetValueOrDefault("largestRate");
        set => _memory.Numbers["largestRate"] = value;
    }

    public void Step(double rate)
    {
        using var still = no_grad();
        using var scope = NewDisposeScope();
        var (y, z, v, g) = (parameters.Values, _memory["z"], _memory["square"], parameters.Gradients);
        if (_memory.Steps == 0)
            z.copy_(y);
        int t = ++_memory.Steps;
        rate *= t < warmup ? (double)t / warmup : 1;
        LargestRate = Math.Max(rate, LargestRate);
        double weight = LargestRate * LargestRate;
        WeightSum += weight;
        double share = WeightSum > 0 ? weight / WeightSum : 0;

        v.mul_(beta2).addcmul_(g, g, 1 - beta2);
        var direction = g / v.div(1 - Math.Pow(beta2, t)).sqrt_().add_(epsilon);
        if (weightDecay != 0)
            direction.add_(y, weightDecay);
        y.mul_(1 - share).add_(z, share).add_(direction, rate * (beta1 * (1 - share) - 1));
        z.add_(direction, -rate);
    }

    /// <summary>x, from y = (1 − β₁)·z + β₁·x.</summary>
    public void CopyDeployed(Tensor into)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        into.copy_(parameters.Values);
        if (_memory.Steps > 0)
            into.div_(beta1).add_(_memory["z"], 1 - 1 / beta1);
    }

    public void Recall(OptimizerMemory memory) => _memory.Recall(memory);

    public void Dispose() => _memory.Dispose();
}
