using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Torch.Layers;

/// <summary>y += scale · x·((B₁·A₁) ∘ (B₂·A₂))ᵀ (LoHa, FedPara arXiv 2108.06098); the matrix is made at each use, so that memory stays at the factors.</summary>
/// <param name="up1">B₁ [rows, r]</param>
/// <param name="down1">A₁ [r, Inputs]</param>
/// <param name="up2">B₂ [rows, s]</param>
/// <param name="down2">A₂ [s, Inputs]</param>
/// <param name="scale">alpha / rank.</param>
/// <param name="firstRow">The output to which the first row belongs.</param>
public sealed class HadamardBranch(Tensor up1, Tensor down1, Tensor up2, Tensor down2, double scale, long firstRow = 0) : IWeightBranch
{
    public long FirstRow { get; } = firstRow;

    public long Rows { get; } = up1.shape[0];

    public long Inputs { get; } = down1.shape[1];

    /// <summary>The same branch with other tensors of the same values: in another type, on another device.</summary>
    public HadamardBranch With(Func<Tensor, Tensor> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return new(change(up1), change(down1), change(up2), change(down2), scale, FirstRow);
    }

    public Tensor AddTo(Tensor y, Tensor x, double strength)
    {
        if (x.shape[^1] != Inputs)
            Check.Shape(x, $"input of a branch {Inputs}→{Rows}", [.. x.shape[..^1], Inputs]);
        using var scope = NewDisposeScope();
        var weight = up1.mm(down1).mul_(up2.mm(down2));                                     // [rows,Inputs]
        var rows = y.view(-1, y.shape[^1]).narrow(1, FirstRow, Rows);
        rows.addmm_(x.reshape(-1, Inputs), weight.t(), 1, (float)(scale * strength));
        return y;
    }

    public Tensor Difference()
    {
        using var scope = NewDisposeScope();
        var first = up1.to(ScalarType.Float32).mm(down1.to(ScalarType.Float32));
        return scope.MoveToOuter(first.mul_(up2.to(ScalarType.Float32).mm(down2.to(ScalarType.Float32))).mul_(scale));
    }

    /// <summary>
    /// The same matrix as a product of rank r·s: its columns are the products of every column of B₁ with every one of B₂, its rows likewise. Cheaper than
    /// <see cref="HadamardBranch"/> while r·s is small beside the layer.
    /// </summary>
    public static LowRankBranch AsLowRank(Tensor up1, Tensor down1, Tensor up2, Tensor down2, double scale, long firstRow = 0)
    {
        using var scope = NewDisposeScope();
        var up = (up1.unsqueeze(2) * up2.unsqueeze(1)).flatten(1);                          // [rows,r·s]
        var down = (down1.unsqueeze(1) * down2.unsqueeze(0)).flatten(0, 1);                 // [r·s,Inputs]
        return new LowRankBranch(scope.MoveToOuter(down), scope.MoveToOuter(up), scale, firstRow);
    }
}
