using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Torch.Layers;

/// <summary>y += x·Δᵀ with the difference in full.</summary>
/// <param name="difference">Δ [rows, Inputs] in the compute type.</param>
/// <param name="firstRow">The output to which Δ's first row belongs.</param>
public sealed class DifferenceBranch(Tensor difference, long firstRow = 0) : IWeightBranch
{
    public long FirstRow { get; } = firstRow;

    public long Rows { get; } = difference.shape[0];

    public long Inputs { get; } = difference.shape[1];

    /// <summary>The same branch with other tensors of the same values: in another type, on another device.</summary>
    public DifferenceBranch With(Func<Tensor, Tensor> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return new(change(difference), FirstRow);
    }

    public Tensor AddTo(Tensor y, Tensor x, double strength)
    {
        if (x.shape[^1] != Inputs)
            Check.Shape(x, $"input of a branch {Inputs}→{Rows}", [.. x.shape[..^1], Inputs]);
        using var scope = NewDisposeScope();
        var rows = y.view(-1, y.shape[^1]).narrow(1, FirstRow, Rows);
        rows.addmm_(x.reshape(-1, Inputs), difference.t(), 1, (float)strength);
        return y;
    }

    public Tensor Difference() => difference.to(ScalarType.Float32, copy: true);
}
