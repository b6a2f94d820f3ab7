using static TorchSharp.torch;

namespace Gesso.Training.Optimizers;

/// <summary>Every value moves by the rate, only the direction is learnt (Chen et al., arXiv 2302.06675, algorithm 2). Rates are 3 to 10 times below Adam's.</summary>
public sealed class Lion(ParameterSet parameters, double beta1 = 0.9, double beta2 = 0.99, double weightDecay = 0) : IOptimizer
{
    private readonly FlatMemory _memory = new(parameters, "mean");

    public OptimizerMemory Memory => _memory.Snapshot;

    public void Step(double rate)
    {
        using var still = no_grad();
        using var scope = NewDisposeScope();
        _memory.Steps++;
        var (m, g) = (_memory["mean"], parameters.Gradients);
        var direction = m.mul(beta1).add_(g, 1 - beta1).sign_();
        parameters.Values.mul_(1 - rate * weightDecay).add_(direction, -rate);
        m.mul_(beta2).add_(g, 1 - beta2);
    }

    public void CopyDeployed(Tensor into) => into.copy_(parameters.Values);

    public void Recall(OptimizerMemory memory) => _memory.Recall(memory);

    public void Dispose() => _memory.Dispose();
}
