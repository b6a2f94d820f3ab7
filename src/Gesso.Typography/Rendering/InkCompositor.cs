using System.Runtime.CompilerServices;
using Gesso.Contracts.Images;

namespace Gesso.Typography.Rendering;

/// <summary>Lays inks onto a picture in place. Pixels that a mask does not cover are not written at all.</summary>
internal static class InkCompositor
{
    /// <param name="target">RGB, or RGBA with straight alpha.</param>
    /// <param name="left">The picture's column that is the target's first.</param>
    /// <param name="top">The picture's row that is the target's first.</param>
    public static void Lay(Ink ink, RasterImage target, int left = 0, int top = 0)
    {
        var bounds = ink.Mask.Bounds;
        int from = Math.Max(bounds.Left, left), to = Math.Min(bounds.Right, left + target.Width);
        for (int y = Math.Max(bounds.Top, top); y < Math.Min(bounds.Bottom, top + target.Height); y++)
        {
            if (from >= to)
                continue;
            var mask = ink.Mask.Row(y)[(from - bounds.Left)..(to - bounds.Left)];
            var pixels = target.Pixels.AsSpan(((y - top) * target.Width + from - left) * target.Channels, (to - from) * target.Channels);
            var colors = ink.Colors is null ? default : ink.Colors.AsSpan(((y - bounds.Top) * bounds.Width + from - bounds.Left) * 3, (to - from) * 3);
            LayRow(ink, mask, pixels, colors, target.Channels);
        }
    }

    // once for a line of each ink: it must be fast from the first call on
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LayRow(Ink ink, ReadOnlySpan<byte> mask, Span<byte> pixels, ReadOnlySpan<byte> colors, int channels)
    {
        int strength = ink.Color.Alpha;
        for (int x = mask.IndexOfAnyExcept((byte)0); x >= 0 && x < mask.Length; x++)
        {
            if (mask[x] == 0)
            {
                int next = mask[x..].IndexOfAnyExcept((byte)0);
                if (next < 0)
                    return;
                x += next;
            }
            int alpha = Over255(mask[x] * strength);
            if (alpha == 0)
                continue;
            var (red, green, blue) = colors.IsEmpty ? (ink.Color.Red, ink.Color.Green, ink.Color.Blue) : (colors[3 * x], colors[3 * x + 1], colors[3 * x + 2]);
            var pixel = pixels.Slice(x * channels, channels);
            int ground = channels == 4 ? pixel[3] : 255;
            if (ground == 0 || (alpha == 255 && ink.Blend == InkBlend.Normal))
            {
                (pixel[0], pixel[1], pixel[2]) = (red, green, blue);
                if (channels == 4)
                    pixel[3] = (byte)alpha;
                continue;
            }
            int result = channels == 4 ? alpha + Over255(ground * (255 - alpha)) : 255;
            pixel[0] = Mix(pixel[0], red, alpha, ground, result, ink.Blend);
            pixel[1] = Mix(pixel[1], green, alpha, ground, result, ink.Blend);
            pixel[2] = Mix(pixel[2], blue, alpha, ground, result, ink.Blend);
            if (channels == 4)
                pixel[3] = (byte)result;
        }
    }

    /// <summary>Source over with a separable blend (W3C Compositing, section 5.8), straight alpha in and out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Mix(int below, int color, int alpha, int ground, int result, InkBlend blend)
    {
        int mixed = blend switch
        {
            InkBlend.Multiply => Over255(below * color),
            InkBlend.Screen => below + color - Over255(below * color),
            _ => color,
        };
        if (ground == 255)
            return (byte)Over255(below * (255 - alpha) + mixed * alpha);
        int seen = Over255(color * (255 - ground) + mixed * ground);
        return (byte)Math.Min(255, (seen * alpha + Over255(below * ground * (255 - alpha)) + result / 2) / result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Over255(int value) => (value + 127) / 255;
}
