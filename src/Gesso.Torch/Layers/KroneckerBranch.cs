using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Torch.Layers;

/// <summary>
/// y += scale · x·(w1 ⊗ w2)ᵀ (LoKr, LyCORIS arXiv 2309.14859). The product is never written out: x is seen as b rows of d, w2 acts on the d, w1 on the b.
/// </summary>
/// <param name="w1">[a, b]</param>
/// <param name="w2">[c, d]; a·c rows, b·d inputs.</param>
/// <param name="scale">alpha / rank where a factor is itself low rank, else 1.</param>
/// <param name="firstRow">The output to which the first row belongs.</param>
public sealed class KroneckerBranch(Tensor w1, Tensor w2, double scale, long firstRow = 0) : IWeightBranch
{
    private readonly long _a = w1.shape[0], _b = w1.shape[1], _c = w2.shape[0], _d = w2.shape[1];

    public long FirstRow { get; } = firstRow;

    public long Rows => _a * _c;

    public long Inputs => _b * _d;

    /// <summary>The same branch with other tensors of the same values: in another type, on another device.</summary>
    public KroneckerBranch With(Func<Tensor, Tensor> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return new(change(w1), change(w2), scale, FirstRow);
    }

    public Tensor AddTo(Tensor y, Tensor x, double strength)
    {
        if (x.shape[^1] != Inputs)
            Check.Shape(x, $"input of a branch {Inputs}→{Rows}", [.. x.shape[..^1], Inputs]);
        using var scope = NewDisposeScope();
        var inner = nn.functional.linear(x.reshape(-1, _b, _d), w2);                        // [N,b,c]
        var part = nn.functional.linear(inner.transpose(1, 2), w1).transpose(1, 2);         // [N,a,c]
        y.view(-1, y.shape[^1]).narrow(1, FirstRow, Rows).add_(part.reshape(-1, Rows), scale * strength);
        return y;
    }

    public Tensor Difference()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (w1.to(ScalarType.Float32), w2.to(ScalarType.Float32));
        var product = first.view(_a, 1, _b, 1) * second.view(1, _c, 1, _d);                 // [a,c,b,d]
        return scope.MoveToOuter(product.reshape(Rows, Inputs).mul_(scale));
    }
}
