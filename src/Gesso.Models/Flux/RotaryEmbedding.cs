using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Models.Flux;

/// <summary>
/// Rotary position embedding over several id axes (RoFormer, arXiv 2104.09864; flux/math.py rope/apply_rope): neighbouring channels
/// (x0,x1), (x2,x3) … are turned by angles id · θ^(−2i/axis), the axes one after another along the head width.
/// </summary>
public static class RotaryEmbedding
{
    /// <summary>The turning factors e^(i·angle) of every token; angles are computed in f64, as diffusers does.</summary>
    /// <param name="ids">[L, A] positions.</param>
    /// <param name="axes">Head channels of each of the A axes.</param>
    /// <param name="theta">Base of the frequencies.</param>
    /// <returns>complex [L, 1, d/2]</returns>
    public static Tensor Factors(Tensor ids, IReadOnlyList<int> axes, int theta)
    {
        ArgumentNullException.ThrowIfNull(axes);
        Check.Shape(ids, "ids [L,A]", -1, axes.Count);
        using var scope = NewDisposeScope();
        var angles = new Tensor[axes.Count];
        for (int axis = 0; axis < axes.Count; axis++)
        {
            var exponent = arange(0, axes[axis], 2, ScalarType.Float64, ids.device).div(axes[axis]);
            var frequency = pow(theta, exponent).reciprocal();                              // [axis/2]
            var position = ids.select(1, axis).to(ScalarType.Float64).unsqueeze(1);         // [L,1]
            angles[axis] = position * frequency;                                            // [L,axis/2]
        }
        var angle = cat(angles, 1);                                                         // [L,d/2]
        var factors = complex(angle.cos().to(ScalarType.Float32), angle.sin().to(ScalarType.Float32));
        return scope.MoveToOuter(factors.unsqueeze(1));
    }

    /// <summary>Turns queries or keys. One complex product: a single pass over memory.</summary>
    /// <param name="x">[B, L, H, d]</param>
    /// <param name="factors">complex [L, 1, d/2]</param>
    public static Tensor Apply(Tensor x, Tensor factors)
    {
        using var scope = NewDisposeScope();
        var x32 = x.dtype == ScalarType.Float32 ? x : x.to(ScalarType.Float32);
        var pairs = view_as_complex(x32.unflatten(3, [x.shape[^1] / 2, 2]));               // [B,L,H,d/2]
        var turned = view_as_real(pairs * factors).flatten(-2);                             // [B,L,H,d]
        return scope.MoveToOuter(turned.dtype == x.dtype ? turned : turned.to(x.dtype));
    }

    /// <summary>The same by real arithmetic, written as the definition: the plain path that tests hold against <see cref="Apply"/>.</summary>
    public static Tensor ApplyPlain(Tensor x, Tensor factors)
    {
        using var scope = NewDisposeScope();
        var turn = view_as_real(factors);                                                   // [L,1,d/2,2]
        var (cos, sin) = (turn.select(-1, 0), turn.select(-1, 1));
        var pairs = x.to(ScalarType.Float32).unflatten(3, [x.shape[^1] / 2, 2]);
        var (x0, x1) = (pairs.select(-1, 0), pairs.select(-1, 1));
        var turned = stack([x0 * cos - x1 * sin, x1 * cos + x0 * sin], -1).flatten(-2);
        return scope.MoveToOuter(turned.to(x.dtype));
    }
}
