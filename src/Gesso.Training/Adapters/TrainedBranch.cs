using Gesso.Torch.Layers;
using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Training.Adapters;

/// <summary>How often parts of a branch are left out of a step, so that none is relied on (kohya's network, rank and module dropout).</summary>
/// <param name="Network">Share of the inner values.</param>
/// <param name="Rank">Share of the ranks, for a whole picture; the others are scaled up.</param>
/// <param name="Module">How often a whole branch does nothing.</param>
public readonly record struct BranchDropout(double Network, double Rank, double Module)
{
    public bool IsNone => Network == 0 && Rank == 0 && Module == 0;
}

/// <summary>What all branches of a network share and look at in each forward pass.</summary>
internal sealed class BranchSwitch
{
    /// <summary>Off: the base model answers.</summary>
    public bool On { get; set; } = true;

    /// <summary>The seed of this pass's dropout; null: none is applied (validation, previews).</summary>
    public long? DropoutSeed { get; set; }
}

/// <summary>
/// y + scale · dropout(x·Aᵀ)·Bᵀ with A and B in f32 whatever the network computes in (LoRA, arXiv 2106.09685). Where gradients are wanted nothing is written in
/// place, and dropout masks come from a seed: computing a block a second time drops the same values.
/// </summary>
/// <param name="down">A [r, Inputs], a window of the parameter set.</param>
/// <param name="up">B [rows, r], a window of the parameter set.</param>
/// <param name="scale">alpha / rank.</param>
/// <param name="firstRow">The output to which B's first row belongs.</param>
/// <param name="dropout">While <see cref="BranchSwitch.DropoutSeed"/> is set.</param>
/// <param name="number">Tells branches of a network apart in their dropout.</param>
/// <param name="shared">Of the network.</param>
internal sealed class TrainedBranch(Tensor down, Tensor up, double scale, long firstRow, BranchDropout dropout, int number, BranchSwitch shared) : ISideBranch
{
    public long Inputs { get; } = down.shape[1];

    private long Rank { get; } = down.shape[0];

    private long Rows { get; } = up.shape[0];

    public Tensor AddTo(Tensor y, Tensor x, double strength)
    {
        if (!shared.On)
            return y;
        if (x.shape[^1] != Inputs)
            Check.Shape(x, $"input of a branch {Inputs}→{Rank}→{Rows}", [.. x.shape[..^1], Inputs]);
        using var scope = NewDisposeScope();
        var (a, b) = (down, up);
        if (x.dtype != ScalarType.Float32)
            (a, b) = (down.to(x.dtype), up.to(x.dtype));
        var inner = nn.functional.linear(x, a);                                             // […,r]
        double factor = scale * strength;
        if (shared.DropoutSeed is { } seed && !dropout.IsNone)
        {
            using var generator = new Generator(0, CPU);
            generator.manual_seed(Mixed(seed));
            if (dropout.Module > 0 && Drawn(generator, [1]).item<float>() < dropout.Module)
                return y;
            inner = Dropped(inner, generator);
        }
        // one product that adds to y, for the whole batch
        var flat = y.view(-1, y.shape[^1]);                                                 // [N,Outputs]
        inner = inner.reshape(-1, Rank);
        var sum = Rows == y.shape[^1]
            ? addmm(flat, inner, b.t(), 1, (float)factor)
            : flat + nn.functional.pad(mm(inner, b.t()).mul(factor), [firstRow, y.shape[^1] - firstRow - Rows]);
        return scope.MoveToOuter(sum.view(y.shape));
    }

    private Tensor Dropped(Tensor inner, Generator generator)
    {
        using var scope = NewDisposeScope();
        if (dropout.Network > 0)
            inner = inner * Kept(generator, inner.shape, dropout.Network).to(inner.device).to(inner.dtype);
        if (dropout.Rank > 0)
        {
            long[] shape = inner.dim() == 3 ? [inner.shape[0], 1, Rank] : [inner.shape[0], Rank];
            inner = inner * Kept(generator, shape, dropout.Rank).to(inner.device).to(inner.dtype);
        }
        return scope.MoveToOuter(inner);
    }

    /// <summary>0 where dropped, 1 / (1 − p) elsewhere: the mean stays.</summary>
    private static Tensor Kept(Generator generator, long[] shape, double p)
    {
        using var drawn = Drawn(generator, shape);
        using var kept = drawn.ge(p);
        using var ones = kept.to(ScalarType.Float32);
        return ones.div(1 - p);
    }

    private static Tensor Drawn(Generator generator, long[] shape) => rand(shape, ScalarType.Float32, CPU, generator: generator);

    private long Mixed(long seed) => Randomness.Mixed(seed, number);
}
