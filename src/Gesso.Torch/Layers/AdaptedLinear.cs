using Gesso.Contracts.Errors;
using TorchSharp;
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
    public ILinear Own { get; private set; } = own;

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
        if (Gain() is { } gain)
            y = Bias is null ? y.mul_(gain) : y.mul_(gain).add_(Bias * (1 - gain));
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

    /// <summary>The weight with all its branches in f32, [Outputs, Inputs]: what a layer without branches would need to give the same answers.</summary>
    public Tensor MergedWeight()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var weight = Own.DenseWeight();
        var merged = weight.clone();
        if (Gain() is { } gain)
            merged.mul_(gain.to(ScalarType.Float32).to(merged.device).unsqueeze(1));
        foreach (var (branch, strength) in _branches)
        {
            if (branch is not IWeightBranch part || part.Inputs != Own.Inputs)
                throw GessoException.Bug("not_mergeable", $"A {branch.GetType().Name} of {branch.Inputs} inputs cannot be merged into a layer of {Own.Inputs}.");
            merged.narrow(0, part.FirstRow, part.Rows).add_(part.Difference().to(merged.device), strength);
        }
        return scope.MoveToOuter(merged);
    }

    /// <summary>Merges the branches into the weight and takes them off; only loading the network again undoes it.</summary>
    public void Fold()
    {
        if (_branches.Length == 0)
            return;
        using var merged = MergedWeight();
        if (Own is Linear dense)
        {
            using var noGrad = no_grad();
            dense.Weight.copy_(merged);
        }
        else
        {
            Own = ((CompactLinear)Own).With(merged);
        }
        Branches = [];
    }

    /// <summary>What own rows are multiplied by, 1 + Σ strength · (gain − 1), so that adapters add up in any order; null: nothing changes them.</summary>
    private Tensor? Gain()
    {
        Tensor? sum = null;
        foreach (var (branch, strength) in _branches)
        {
            if (branch.RowGain is { } gain)
                sum = (sum ?? ones_like(gain)).add((gain - 1) * strength);
        }
        return sum;
    }

    /// <summary>The first columns of an input that another branch has widened.</summary>
    private Tensor First(Tensor x, long width) => x.shape[^1] == Inputs && width < Inputs ? x.narrow(-1, 0, width) : x;
}
