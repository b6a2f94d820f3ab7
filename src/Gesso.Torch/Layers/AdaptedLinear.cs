using Gesso.Contracts.Errors;
using static TorchSharp.torch;

namespace Gesso.Torch.Layers;

/// <param name="Branch">Not owned: whoever made it frees its tensors after taking it off.</param>
/// <param name="Strength">1: as trained.</param>
public readonly record struct AttachedBranch(ISideBranch Branch, double Strength);

/// <summary>
/// A linear layer with side branches, which come and go while the network runs; without any it is the layer itself. Every layer that
/// <see cref="Weights.CheckpointWeights"/> gives out is one, and <see cref="Weights.NetworkLayers"/> finds it by name.
/// </summary>
/// <param name="own">The layer as loaded.</param>
public sealed class AdaptedLinear(ILinear own) : ILinear
{
    private AttachedBranch[] _branches = [];

    /// <summary>The layer without branches.</summary>
    public ILinear Own { get; } = own;

    public long Inputs { get; private set; } = own.Inputs;

    public long Outputs => Own.Outputs;

    public Tensor? Bias => Own.Bias;

    /// <summary>In the order in which they add.</summary>
    public IReadOnlyList<AttachedBranch> Branches
    {
        get => _branches;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _branches = [.. value];
            Inputs = _branches.Aggregate(Own.Inputs, (widest, b) => Math.Max(widest, b.Branch.Inputs));
        }
    }

    public void Attach(ISideBranch branch, double strength = 1) => Branches = [.. _branches, new AttachedBranch(branch, strength)];

    public void SetStrength(ISideBranch branch, double strength)
    {
        int at = Array.FindIndex(_branches, b => b.Branch == branch);
        if (at < 0)
            throw GessoException.Bug("not_attached", "The strength of a branch was set that is not on the layer.");
        _branches[at] = new AttachedBranch(branch, strength);
    }

    public void Detach(ISideBranch branch) => Branches = [.. _branches.Where(b => b.Branch != branch)];

    public Tensor Forward(Tensor x)
    {
        if (_branches.Length == 0)
            return Own.Forward(x);
        using var scope = NewDisposeScope();
        var y = Own.Forward(First(x, Own.Inputs));
        foreach (var (branch, strength) in _branches)
        {
            var next = branch.AddTo(y, First(x, branch.Inputs), strength);
            if (!ReferenceEquals(next, y))
                y.Dispose();
            y = next;
        }
        return scope.MoveToOuter(y);
    }

    public Tensor DenseWeight() => Own.DenseWeight();

    /// <summary>The first columns of an input that another branch has widened.</summary>
    private Tensor First(Tensor x, long width) => x.shape[^1] == Inputs && width < Inputs ? x.narrow(-1, 0, width) : x;
}
