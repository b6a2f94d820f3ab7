using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Models.Flux;

/// <summary>Shift, scale and gate of one sub-block, each [B, 1, D]; <see cref="Scale1"/> is 1 + scale.</summary>
internal readonly record struct Modulated(Tensor Shift, Tensor Scale1, Tensor Gate)
{
    /// <summary>(1 + scale) · LN(x) + shift</summary>
    public Tensor Apply(Tensor x)
    {
        using var normed = Norms.Layer(x);
        return Shift.addcmul(normed, Scale1, 1);
    }

    /// <summary>x + gate · y</summary>
    public Tensor AddGated(Tensor x, Tensor y) => x.addcmul(Gate, y, 1);
}

/// <summary>The conditioning vector turned into shift, scale, gate (adaLN-Zero, DiT arXiv 2212.09748; flux/modules/layers.py Modulation).</summary>
internal sealed class Modulation(FluxConfig config, int parts, WeightScope weights)
{
    private readonly ILinear _lin = weights.Linear("lin", config.Hidden, 3L * parts * config.Hidden);

    /// <param name="vec">[B, D]</param>
    /// <returns>One entry a sub-block: two in double blocks (attention, MLP), one in single blocks.</returns>
    public Modulated[] Forward(Tensor vec)
    {
        using var scope = NewDisposeScope();
        var chunks = _lin.Forward(nn.functional.silu(vec)).unsqueeze(1).chunk(3 * parts, -1);   // each [B,1,D]
        var result = new Modulated[parts];
        for (int i = 0; i < parts; i++)
            result[i] = new Modulated(scope.MoveToOuter(chunks[3 * i]), scope.MoveToOuter(chunks[3 * i + 1] + 1), scope.MoveToOuter(chunks[3 * i + 2]));
        return result;
    }
}
