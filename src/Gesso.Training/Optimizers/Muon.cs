using Gesso.Contracts.Errors;
using static TorchSharp.torch;

namespace Gesso.Training.Optimizers;

/// <summary>
/// Momentum whose matrix is made orthogonal before it is applied (Jordan et al., kellerjordan.github.io/posts/muon; Liu et al., arXiv 2502.16982): every direction
/// of a matrix moves alike. With the factor 0.2·√max(rows, columns) of the latter, rates and decay are those of AdamW.
/// </summary>
public sealed class Muon : IOptimizer
{
    private const int Iterations = 5;
    private static readonly (double A, double B, double C) Quintic = (3.4445, -4.7750, 2.0315);

    private readonly ParameterSet _parameters;
    private readonly double _momentum;
    private readonly double _weightDecay;
    private readonly FlatMemory _memory;

    public Muon(ParameterSet parameters, double momentum = 0.95, double weightDecay = 0)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (parameters.Items.FirstOrDefault(i => i.Shape.Count != 2) is { } other)
            throw GessoException.Invalid("not_a_matrix", $"Muon trains matrices; {other.Name} has {other.Shape.Count} axes. Choose another optimiser.");
        _parameters = parameters;
        _momentum = momentum;
        _weightDecay = weightDecay;
        _memory = new FlatMemory(parameters, "momentum");
    }

    public OptimizerMemory Memory => _memory.Snapshot;

    public void Step(double rate)
    {
        using var still = no_grad();
        using var scope = NewDisposeScope();
        _memory.Steps++;
        var (m, g) = (_memory["momentum"], _parameters.Gradients);
        m.mul_(_momentum).add_(g);
        var ahead = g.add(m, _momentum);                                                    // Nesterov
        _parameters.Values.mul_(1 - rate * _weightDecay);
        foreach (var item in _parameters.Items)
        {
            using var inner = NewDisposeScope();
            double size = 0.2 * Math.Sqrt(Math.Max(item.Shape[0], item.Shape[1]));
            item.Window(_parameters.Values).add_(Orthogonal(item.Window(ahead)), -rate * size);
        }
    }

    public void CopyDeployed(Tensor into) => into.copy_(_parameters.Values);

    public void Recall(OptimizerMemory memory) => _memory.Recall(memory);

    public void Dispose() => _memory.Dispose();

    /// <summary>Five steps of a Newton-Schulz iteration that takes all singular values to about 1; no convergence is wanted, only the range 0.7 … 1.2.</summary>
    /// <param name="g">[R, C]</param>
    internal static Tensor Orthogonal(Tensor g)
    {
        using var scope = NewDisposeScope();
        bool tall = g.shape[0] > g.shape[1];
        var x = tall ? g.t() : g;
        x = x / (linalg.vector_norm(x, 2) + 1e-7);
        for (int i = 0; i < Iterations; i++)
        {
            var a = mm(x, x.t());
            var b = a * Quintic.B + mm(a, a) * Quintic.C;
            x = x * Quintic.A + mm(b, x);
        }
        return scope.MoveToOuter(tall ? x.t() : x.alias());
    }
}
