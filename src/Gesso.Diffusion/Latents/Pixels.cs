using Gesso.Contracts.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Latents;

/// <summary>Pictures in bytes ↔ tensors in −1 … 1.</summary>
public static class Pixels
{
    /// <param name="image">1, 3 or 4 channels; alpha is laid over white.</param>
    /// <returns>[1, 3, H, W] f32 in −1 … 1 (2·b/255 − 1)</returns>
    public static Tensor ToTensor(RasterImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = NewDisposeScope();
        var bytes = frombuffer(image.Pixels, ScalarType.Byte).view(image.Height, image.Width, image.Channels);
        var values = bytes.to(ScalarType.Float32).div(255f).permute(2, 0, 1);               // [C,H,W]
        if (image.Channels == 1)
            values = values.expand(3, image.Height, image.Width);
        if (image.Channels == 4)
        {
            var alpha = values.narrow(0, 3, 1);
            values = values.narrow(0, 0, 3) * alpha + (1 - alpha);
        }
        return scope.MoveToOuter(values.mul(2).sub(1).unsqueeze(0).contiguous());
    }

    /// <param name="mask">Of several channels the first counts.</param>
    /// <returns>[1, 1, H, W] f32, 1 where at least half white (redrawn), else 0</returns>
    public static Tensor ToMask(RasterImage mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        using var scope = NewDisposeScope();
        var bytes = frombuffer(mask.Pixels, ScalarType.Byte).view(mask.Height, mask.Width, mask.Channels);
        var grey = bytes.select(-1, 0).to(ScalarType.Float32).div(255f);
        return scope.MoveToOuter(grey.ge(0.5).to(ScalarType.Float32).view(1, 1, mask.Height, mask.Width));
    }

    /// <param name="pixels">[1, 3, H, W], about −1 … 1</param>
    /// <param name="parity">diffusers rounds to the nearest byte, BFL and ComfyUI truncate.</param>
    public static RasterImage ToImage(Tensor pixels, ParityMode parity)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        using var scope = NewDisposeScope();
        var values = pixels.select(0, 0).to(ScalarType.Float32).cpu();
        values = parity == ParityMode.Bfl
            ? values.clamp(-1, 1).add(1).mul(127.5)
            : values.div(2).add(0.5).clamp(0, 1).mul(255);
        if (parity == ParityMode.Diffusers)
            values = values.round();
        var bytes = values.to(ScalarType.Byte).permute(1, 2, 0).contiguous();               // [H,W,3]
        return new RasterImage((int)bytes.shape[1], (int)bytes.shape[0], 3, bytes.bytes.ToArray());
    }
}
