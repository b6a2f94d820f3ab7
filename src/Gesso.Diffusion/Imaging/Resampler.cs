using Gesso.Contracts.Images;

namespace Gesso.Diffusion.Imaging;

/// <summary>
/// Resizing as Pillow does it, byte for byte, because the reference pipelines resize with it: separable Lanczos (a = 3) with support
/// widened when shrinking, 22-bit fixed-point weights, a horizontal pass and then a vertical one, each rounded to bytes
/// (Pillow src/libImaging/Resample.c).
/// </summary>
public static class Resampler
{
    private const int PrecisionBits = 32 - 8 - 2;
    private const double LanczosRadius = 3;

    /// <summary>To exactly the given size; the same picture when it has it already.</summary>
    public static RasterImage Resize(RasterImage image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Width == width && image.Height == height)
            return image;
        byte[] rows = image.Width == width ? image.Pixels : Horizontal(image.Pixels, image.Width, image.Height, image.Channels, width);
        byte[] pixels = image.Height == height ? rows : Vertical(rows, width, image.Height, image.Channels, height);
        return new RasterImage(width, height, image.Channels, pixels);
    }

    /// <summary>Three channels; alpha is laid over white.</summary>
    public static RasterImage ToRgb(RasterImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels == 3)
            return image;
        byte[] rgb = new byte[image.Width * image.Height * 3];
        for (int i = 0, o = 0; o < rgb.Length; i += image.Channels, o += 3)
        {
            for (int c = 0; c < 3; c++)
            {
                int value = image.Pixels[image.Channels == 1 ? i : i + c];
                int alpha = image.Channels == 4 ? image.Pixels[i + 3] : 255;
                rgb[o + c] = (byte)((value * alpha + 255 * (255 - alpha) + 127) / 255);
            }
        }
        return new RasterImage(image.Width, image.Height, 3, rgb);
    }

    /// <summary>One channel: luminance by ITU-R 601-2 in 16-bit fixed point, as Pillow's convert("L").</summary>
    public static RasterImage ToGrey(RasterImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels == 1)
            return image;
        byte[] grey = new byte[image.Width * image.Height];
        for (int i = 0, o = 0; o < grey.Length; i += image.Channels, o++)
            grey[o] = (byte)((image.Pixels[i] * 19595 + image.Pixels[i + 1] * 38470 + image.Pixels[i + 2] * 7471 + 0x8000) >> 16);
        return new RasterImage(image.Width, image.Height, 1, grey);
    }

    private static byte[] Horizontal(byte[] source, int width, int height, int channels, int target)
    {
        var taps = Taps.Lanczos(width, target);
        byte[] result = new byte[checked(target * height * channels)];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < target; x++)
            {
                var (first, weights) = taps[x];
                for (int c = 0; c < channels; c++)
                {
                    int sum = 1 << (PrecisionBits - 1);
                    int at = (y * width + first) * channels + c;
                    for (int k = 0; k < weights.Length; k++, at += channels)
                        sum += source[at] * weights[k];
                    result[(y * target + x) * channels + c] = Clip(sum);
                }
            }
        }
        return result;
    }

    private static byte[] Vertical(byte[] source, int width, int height, int channels, int target)
    {
        var taps = Taps.Lanczos(height, target);
        int stride = width * channels;
        byte[] result = new byte[checked(stride * target)];
        for (int y = 0; y < target; y++)
        {
            var (first, weights) = taps[y];
            for (int x = 0; x < stride; x++)
            {
                int sum = 1 << (PrecisionBits - 1);
                int at = first * stride + x;
                for (int k = 0; k < weights.Length; k++, at += stride)
                    sum += source[at] * weights[k];
                result[y * stride + x] = Clip(sum);
            }
        }
        return result;
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> PrecisionBits, 0, 255);

    /// <summary>The source samples of one target sample and their weights.</summary>
    private readonly record struct Taps(int First, int[] Weights)
    {
        public static Taps[] Lanczos(int source, int target)
        {
            double scale = (double)source / target;
            double filterScale = Math.Max(scale, 1);
            double support = LanczosRadius * filterScale;
            var result = new Taps[target];
            for (int i = 0; i < target; i++)
            {
                double center = (i + 0.5) * scale;
                int first = Math.Max((int)(center - support + 0.5), 0);
                int end = Math.Min((int)(center + support + 0.5), source);
                double[] weights = new double[end - first];
                double total = 0;
                for (int k = 0; k < weights.Length; k++)
                    total += weights[k] = Kernel((k + first - center + 0.5) / filterScale);
                result[i] = new Taps(first, [.. weights.Select(w => Fixed(total == 0 ? w : w / total))]);
            }
            return result;
        }

        private static int Fixed(double weight) => (int)(weight < 0 ? -0.5 + weight * (1 << PrecisionBits) : 0.5 + weight * (1 << PrecisionBits));

        private static double Kernel(double x) => x is >= -LanczosRadius and < LanczosRadius ? Sinc(x) * Sinc(x / LanczosRadius) : 0;

        private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
    }
}
