using static TorchSharp.torch;

namespace Gesso.Training.Optimizers;

/// <summary>
/// Adam with weight decay beside the gradient (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2; torch.optim.AdamW).
/// </summary>
public sealed class AdamW(ParameterSet parameters, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0.01) : IOptimizer
{
    private readonly FlatMemory _memory = new(parameters, "mean", "square");

    public OptimizerMemory Memory => _memory.Snapshot;

    public void Step(double rate)
    {
        using var still = no_grad();
        using var scope = NewDisposeScope();
        int t = ++_memory.Steps;
        var (m, v, g) = (_memory["mean"], _memory["square"], parameters.Gradients);
        parameters.Values.mul_(1 - rate * weightDecay);
        m.mul_(beta1).add_(g, 1 - beta1);
        v.mul_(beta2).addcmul_(g, g, 1 - beta2);
        var root = v.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, t))).add_(epsilon);
        parameters.Values.addcdiv_(m, root, -rate / (1 - Math.Pow(beta1, t)));
    }

    public void CopyDeployed(Tensor into) => into.copy_(parameters.Values);

    public void Recall(OptimizerMemory memory) => _memory.Recall(memory);

    public void Dispose() => _memory.Dispose();
}
