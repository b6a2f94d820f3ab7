using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Latents;

/// <summary>
/// The transformer sees latents as tokens of 2×2 cells: channel slowest, then row and column within the patch
/// (diffusers FluxPipeline._pack_latents; flux/sampling.py prepare).
/// </summary>
public static class PackedLatent
{
    /// <param name="latent">[B, c, h, w], h and w even</param>
    /// <returns>[B, h/2 · w/2, 4c]</returns>
    public static Tensor Pack(Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        Check.Shape(latent, "latent [B,c,h,w]", -1, -1, -1, -1);
        long[] s = latent.shape;
        Check.Shape(latent, "latent [B,c,h,w] with even h, w", -1, -1, s[2] / 2 * 2, s[3] / 2 * 2);
        using var scope = NewDisposeScope();
        var patches = latent.view(s[0], s[1], s[2] / 2, 2, s[3] / 2, 2).permute(0, 2, 4, 1, 3, 5);
        return scope.MoveToOuter(patches.reshape(s[0], s[2] / 2 * (s[3] / 2), 4 * s[1]));
    }

    /// <param name="packed">[B, rows · columns, 4c]</param>
    /// <returns>[B, c, 2·rows, 2·columns]</returns>
    public static Tensor Unpack(Tensor packed, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(packed);
        Check.Shape(packed, "packed latent [B,rows·columns,4c]", -1, (long)rows * columns, -1);
        long batch = packed.shape[0], channels = packed.shape[2] / 4;
        Check.Shape(packed, "packed latent [B,rows·columns,4c]", batch, (long)rows * columns, 4 * channels);
        using var scope = NewDisposeScope();
        var cells = packed.view(batch, rows, columns, channels, 2, 2).permute(0, 3, 1, 4, 2, 5);
        return scope.MoveToOuter(cells.reshape(batch, channels, 2L * rows, 2L * columns));
    }
}
