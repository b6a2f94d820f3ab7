using static TorchSharp.torch;

namespace Gesso.Torch.Layers;

/// <summary>Normalisations without state; statistics are always taken in f32.</summary>
public static class Norms
{
    /// <summary>Layer norm without affine parameters over the last axis (FLUX blocks; eps 1e-6).</summary>
    public static Tensor Layer(Tensor x, double eps = 1e-6) => nn.functional.layer_norm(x, [x.shape[^1]], null, null, eps);

    /// <summary>Layer norm with weight and bias over the last axis (CLIP; eps 1e-5).</summary>
    public static Tensor Layer(Tensor x, Tensor weight, Tensor bias, double eps) => nn.functional.layer_norm(x, [x.shape[^1]], weight, bias, eps);

    /// <summary>
    /// Root-mean-square norm over the last axis: x / √(mean(x²) + eps) · scale. The quotient is cast back to the type of x
    /// before the scale is applied, as flux/modules/layers.py RMSNorm and transformers' T5LayerNorm do.
    /// </summary>
    public static Tensor Rms(Tensor x, Tensor scale, double eps = 1e-6)
    {
        using var scope = NewDisposeScope();
        var x32 = x.dtype == ScalarType.Float32 ? x : x.to(ScalarType.Float32);
        var norm = linalg.vector_norm(x32, 2, [-1], keepdim: true);               // one pass; mean(x²) = norm² / n
        var inverse = norm.square().div(x.shape[^1]).add(eps).rsqrt();
        var y = x32 * inverse;
        if (y.dtype != x.dtype)
            y = y.to(x.dtype);
        return scope.MoveToOuter(y * scale);
    }
}
