using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Torch.Layers;

/// <summary>
/// y += scale · x·Aᵀ·Bᵀ (LoRA, arXiv 2106.09685), on all outputs or on some rows of a fused layer (q of qkv). The second product adds into y directly, which
/// saves a tensor of y's size and two passes over it.
/// </summary>
/// <param name="down">A [r, Inputs] in the compute type.</param>
/// <param name="up">B [rows, r]</param>
/// <param name="scale">alpha / rank.</param>
/// <param name="firstRow">The output to which B's first row belongs.</param>
public sealed class LowRankBranch(Tensor down, Tensor up, double scale, long firstRow = 0) : IWeightBranch
{
    public Tensor Down { get; } = down;

    public Tensor Up { get; } = up;

    public double Scale { get; } = scale;

    public long FirstRow { get; } = firstRow;

    public long Rows { get; } = up.shape[0];

    public long Inputs { get; } = down.shape[1];

    public long Rank { get; } = down.shape[0];

    /// <summary>Of a weight-decomposed adapter (DoRA, arXiv 2402.09353), in f32, since it is near 1; B then has the gain of its rows in it.</summary>
    public Tensor? RowGain { get; init; }

    public Tensor AddTo(Tensor y, Tensor x, double strength)
    {
        if (x.shape[^1] != Inputs)
            Check.Shape(x, $"input of a branch {Inputs}→{Rank}→{Rows}", [.. x.shape[..^1], Inputs]);
        Check.Shape(Up, "B of a branch", Rows, Rank);
        using var scope = NewDisposeScope();
        var inner = nn.functional.linear(x.reshape(-1, Inputs), Down);                      // [N,r]
        var flat = y.view(-1, y.shape[^1]);                                                 // [N,Outputs]
        var rows = Rows == y.shape[^1] ? flat : flat.narrow(1, FirstRow, Rows);
        rows.addmm_(inner, Up.t(), 1, (float)(Scale * strength));
        return y;
    }

    public Tensor Difference()
    {
        using var scope = NewDisposeScope();
        return scope.MoveToOuter(Up.to(ScalarType.Float32).mm(Down.to(ScalarType.Float32)).mul_(Scale));
    }
}
