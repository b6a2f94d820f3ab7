using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Models.Flux;

/// <summary>
/// Text and image tokens in one stream; attention and MLP in parallel from one projection to one projection
/// (ViT-22B, arXiv 2302.05442; flux/modules/layers.py SingleStreamBlock).
/// </summary>
internal sealed class SingleStreamBlock(FluxConfig config, WeightScope weights)
{
    private readonly int _heads = config.Heads;
    private readonly int _hidden = config.Hidden;
    private readonly int _mlpHidden = config.MlpHidden;
    private readonly Modulation _mod = new(config, parts: 1, weights["modulation"]);
    private readonly ILinear _linear1 = weights.Linear("linear1", config.Hidden, 3L * config.Hidden + config.MlpHidden);
    private readonly ILinear _linear2 = weights.Linear("linear2", config.Hidden + config.MlpHidden, config.Hidden);
    private readonly QkNorm _norm = new(config, weights["norm"]);

    public Tensor Forward(Tensor x, Tensor vec, Tensor factors)                             // x [B,L,D]  vec [B,D]
    {
        using var scope = NewDisposeScope();
        var mod = _mod.Forward(vec)[0];
        var projected = _linear1.Forward(mod.Apply(x)).split([3L * _hidden, _mlpHidden], -1);   // [B,L,3D] [B,L,M]
        var (q, k, v) = Attention.Split(projected[0], _heads);                              // [B,L,H,d]
        (q, k) = _norm.Apply(q, k);
        var attended = Attention.Run(q, k, v, factors);                                     // [B,L,D]

        // in place where no gradient is wanted: at 1,536 tokens the copy would be 75 MB of fresh pages
        var hidden = nn.functional.gelu(projected[1], TorchSharp.Modules.GELU.Approximate.tanh, inplace: !is_grad_enabled());
        var y = _linear2.Forward(cat([attended, hidden], -1));                              // [B,L,D]
        return scope.MoveToOuter(mod.AddGated(x, y));
    }
}
