using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Models.Flux;

/// <summary>The weights of one stream (image or text) of a double block.</summary>
internal sealed class Stream(FluxConfig config, string name, WeightScope weights)
{
    private readonly int _heads = config.Heads;
    private readonly Modulation _mod = new(config, parts: 2, weights[$"{name}_mod"]);
    private readonly ILinear _qkv = weights[$"{name}_attn"].Linear("qkv", config.Hidden, 3L * config.Hidden);
    private readonly QkNorm _norm = new(config, weights[$"{name}_attn"]["norm"]);
    private readonly ILinear _proj = weights[$"{name}_attn"].Linear("proj", config.Hidden, config.Hidden);
    private readonly ILinear _mlpIn = weights[$"{name}_mlp"].Linear("0", config.Hidden, config.MlpHidden);
    private readonly ILinear _mlpOut = weights[$"{name}_mlp"].Linear("2", config.MlpHidden, config.Hidden);

    public Modulated[] Modulate(Tensor vec) => _mod.Forward(vec);

    public (Tensor q, Tensor k, Tensor v) Qkv(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = Attention.Split(_qkv.Forward(x), _heads);                           // [B,L,H,d]
        (q, k) = _norm.Apply(q, k);
        return scope.MoveToOuter(q, k, v);
    }

    /// <summary>x + gate₁ · proj(attention), then + gate₂ · MLP</summary>
    public Tensor Finish(Tensor x, Tensor attended, Modulated attention, Modulated mlp)
    {
        using var scope = NewDisposeScope();
        x = attention.AddGated(x, _proj.Forward(attended));
        var hidden = nn.functional.gelu(_mlpIn.Forward(mlp.Apply(x)), TorchSharp.Modules.GELU.Approximate.tanh, inplace: !is_grad_enabled());
        return scope.MoveToOuter(mlp.AddGated(x, _mlpOut.Forward(hidden)));
    }
}

/// <summary>Image and text streams with their own weights and ONE shared attention (FLUX.1; flux/modules/layers.py DoubleStreamBlock).</summary>
internal sealed class DoubleStreamBlock(FluxConfig config, WeightScope weights)
{
    // B batch · T text tokens · I image tokens · D hidden · H heads · d = D / H
    private readonly Stream _img = new(config, "img", weights);
    private readonly Stream _txt = new(config, "txt", weights);

    public (Tensor img, Tensor txt) Forward(Tensor img, Tensor txt, Tensor vec, Tensor factors)     // img [B,I,D]  txt [B,T,D]  vec [B,D]
    {
        using var scope = NewDisposeScope();
        var imgMod = _img.Modulate(vec);
        var txtMod = _txt.Modulate(vec);
        var (iq, ik, iv) = _img.Qkv(imgMod[0].Apply(img));                                  // [B,I,H,d]
        var (tq, tk, tv) = _txt.Qkv(txtMod[0].Apply(txt));                                  // [B,T,H,d]

        // text then image: position ids rely on this order
        var joint = Attention.Run(cat([tq, iq], 1), cat([tk, ik], 1), cat([tv, iv], 1), factors);   // [B,T+I,D]
        var attended = joint.split([txt.shape[1], img.shape[1]], 1);
        txt = _txt.Finish(txt, attended[0], txtMod[0], txtMod[1]);
        img = _img.Finish(img, attended[1], imgMod[0], imgMod[1]);
        return scope.MoveToOuter(img, txt);
    }
}
