using Gesso.Torch.Layers;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Models.Flux;

/// <summary>RMS norm of queries and keys over the head width, before the rotation (flux/modules/layers.py QKNorm).</summary>
internal sealed class QkNorm(FluxConfig config, WeightScope weights)
{
    private readonly Tensor _query = weights["query_norm"].Parameter("scale", config.HeadDim);
    private readonly Tensor _key = weights["key_norm"].Parameter("scale", config.HeadDim);

    public (Tensor q, Tensor k) Apply(Tensor q, Tensor k) => (Norms.Rms(q, _query), Norms.Rms(k, _key));
}

/// <summary>Joint attention of all tokens, without mask, scale 1/√d.</summary>
internal static class Attention
{
    /// <summary>Splits a fused projection into heads.</summary>
    /// <param name="qkv">[B, L, 3·H·d]</param>
    /// <returns>q, k, v, each [B, L, H, d]</returns>
    public static (Tensor q, Tensor k, Tensor v) Split(Tensor qkv, int heads)
    {
        using var scope = NewDisposeScope();
        // unbind and split, not select and narrow: going back, one tensor is put together instead of three that are zero elsewhere and added
        var parts = qkv.unflatten(2, [3, heads, qkv.shape[^1] / (3 * heads)]).unbind(2);   // 3 × [B,L,H,d]
        return scope.MoveToOuter(parts[0], parts[1], parts[2]);
    }

    /// <param name="q">[B, L, H, d], normalised</param>
    /// <param name="k">[B, L, H, d], normalised</param>
    /// <param name="v">[B, L, H, d]</param>
    /// <param name="factors">complex [L, 1, d/2]</param>
    /// <returns>[B, L, H·d]</returns>
    public static Tensor Run(Tensor q, Tensor k, Tensor v, Tensor factors)
    {
        Check.Shape(k, "keys [B,L,H,d]", q.shape);
        Check.Shape(v, "values [B,L,H,d]", q.shape);
        Check.Shape(factors, "rotary factors [L,1,d/2]", q.shape[1], 1, q.shape[3] / 2);
        using var scope = NewDisposeScope();
        q = RotaryEmbedding.Apply(q, factors).transpose(1, 2);                              // [B,H,L,d]
        k = RotaryEmbedding.Apply(k, factors).transpose(1, 2);
        var mixed = nn.functional.scaled_dot_product_attention(q, k, v.transpose(1, 2));    // [B,H,L,d]
        return scope.MoveToOuter(mixed.transpose(1, 2).flatten(2));
    }
}
