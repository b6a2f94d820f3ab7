using CsCheck;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Testing;

namespace Gesso.Diffusion.Tests.Imaging;

public sealed class ResamplerTests
{
    private static readonly Gen<int> Side = Gen.Int[1, 48];

    [Fact]
    public void The_same_size_is_the_same_picture()
    {
        var picture = Pictures.Noise(7, 5, 3, 1);

        Assert.Same(picture, Resampler.Resize(picture, 7, 5));
    }

    [Fact]
    public void A_constant_picture_stays_constant() => Gen.Select(Side, Side, Side, Side, Gen.Int[0, 255]).Sample((w, h, width, height, value) =>
    {
        var resized = Resampler.Resize(Pictures.Grey(w, h, (_, _) => value), width, height);
        return resized.Size == new ImageSize(width, height) && resized.Channels == 1 && resized.Pixels.All(p => p == value);
    });

    [Fact]
    public void Shrinking_and_enlarging_are_the_definition() =>
        Gen.Select(Side, Side, Side, Gen.Bool, Gen.OneOfConst(1, 3), Gen.Int[0, 100_000]).Sample((w, h, side, horizontal, channels, seed) =>
        {
            var source = Pictures.Noise(w, h, channels, seed);
            var resized = horizontal ? Resampler.Resize(source, side, h) : Resampler.Resize(source, w, side);
            byte[] expected = horizontal ? Rows(source, side) : Columns(source, side);
            return resized.Pixels.Zip(expected, (a, b) => Math.Abs(a - b)).Max() <= 1;
        });

    [Fact]
    public void Both_sides_are_resized_rows_first_and_rounded_in_between() =>
        Gen.Select(Side, Side, Side, Side, Gen.Int[0, 100_000]).Sample((w, h, width, height, seed) =>
        {
            var source = Pictures.Noise(w, h, 3, seed);
            return Resampler.Resize(Resampler.Resize(source, width, h), width, height).Pixels.SequenceEqual(Resampler.Resize(source, width, height).Pixels);
        });

    [Fact]
    public void Mirrored_pictures_become_mirrored_pictures() => Gen.Select(Side, Side, Gen.Int[0, 1000]).Sample((w, width, seed) =>
    {
        var picture = Pictures.Noise(w, 3, 1, seed);
        var there = Resampler.Resize(Mirror(picture), width, 3);
        var back = Mirror(Resampler.Resize(picture, width, 3));
        // the centre of a tap may fall half a sample to either side of a border
        return there.Pixels.Zip(back.Pixels, (a, b) => Math.Abs(a - b)).Max() <= 1;
    });

    [Fact]
    public void Grey_is_the_luminance_that_Pillow_computes() => Gen.Select(Gen.Byte, Gen.Byte, Gen.Byte, Gen.OneOfConst(3, 4)).Sample((r, g, b, channels) =>
    {
        byte[] pixel = channels == 3 ? [r, g, b] : [r, g, b, 77];
        // ITU-R 601-2: L = R · 299/1000 + G · 587/1000 + B · 114/1000, in 16 bits
        double exact = 0.299 * r + 0.587 * g + 0.114 * b;
        return Math.Abs(Resampler.ToGrey(new RasterImage(1, 1, channels, pixel)).Pixels[0] - exact) <= 0.51;
    });

    [Theory]
    [InlineData(255, 0, 0, 76)]
    [InlineData(0, 255, 0, 150)]
    [InlineData(0, 0, 255, 29)]
    [InlineData(255, 255, 255, 255)]
    [InlineData(1, 1, 1, 1)]
    [InlineData(12, 200, 99, 132)]
    public void Grey_of_known_colours_is_that_of_Pillow(int r, int g, int b, int grey)
    {
        Assert.Equal(grey, Resampler.ToGrey(Pictures.Of(1, 1, (_, _) => (r, g, b))).Pixels[0]);
    }

    [Fact]
    public void Alpha_is_laid_over_white() => Gen.Select(Gen.Byte, Gen.Byte).Sample((value, alpha) =>
    {
        var rgb = Resampler.ToRgb(new RasterImage(1, 1, 4, [value, 0, 255, alpha]));
        double Over(double v) => v * alpha / 255 + 255 - alpha;
        return rgb.Channels == 3 && Math.Abs(rgb.Pixels[0] - Over(value)) <= 0.5 && Math.Abs(rgb.Pixels[1] - Over(0)) <= 0.5 && rgb.Pixels[2] == 255;
    });

    [Fact]
    public void Grey_and_rgb_pass_through()
    {
        var rgb = Pictures.Noise(3, 2, 3, 1);
        var grey = Pictures.Noise(3, 2, 1, 1);

        Assert.Same(rgb, Resampler.ToRgb(rgb));
        Assert.Same(grey, Resampler.ToGrey(grey));
        Assert.Equal(grey.Pixels.SelectMany(p => new[] { p, p, p }), Resampler.ToRgb(grey).Pixels);
    }

    private static RasterImage Mirror(RasterImage grey) =>
        Pictures.Grey(grey.Width, grey.Height, (x, y) => grey.Pixels[y * grey.Width + grey.Width - 1 - x]);

    /// <summary>Lanczos with a = 3, stretched when shrinking, in double over all samples of a row.</summary>
    private static byte[] Rows(RasterImage source, int width)
    {
        int channels = source.Channels;
        byte[] pixels = new byte[width * source.Height * channels];
        for (int x = 0; x < width; x++)
        {
            double[] weights = Weights(source.Width, width, x);
            for (int y = 0; y < source.Height; y++)
            {
                for (int c = 0; c < channels; c++)
                    pixels[(y * width + x) * channels + c] = Sum(weights, i => source.Pixels[(y * source.Width + i) * channels + c]);
            }
        }
        return pixels;
    }

    private static byte[] Columns(RasterImage source, int height)
    {
        int stride = source.Width * source.Channels;
        byte[] pixels = new byte[stride * height];
        for (int y = 0; y < height; y++)
        {
            double[] weights = Weights(source.Height, height, y);
            for (int x = 0; x < stride; x++)
                pixels[y * stride + x] = Sum(weights, i => source.Pixels[i * stride + x]);
        }
        return pixels;
    }

    private static double[] Weights(int source, int target, int at)
    {
        double scale = (double)source / target, stretch = Math.Max(1, scale), centre = (at + 0.5) * scale;
        double[] weights = [.. Enumerable.Range(0, source).Select(i => Lanczos((i + 0.5 - centre) / stretch))];
        double total = weights.Sum();
        return source == target ? [.. weights.Select((_, i) => i == at ? 1.0 : 0)] : [.. weights.Select(w => w / total)];
    }

    private static double Lanczos(double x)
    {
        static double Sinc(double v) => v == 0 ? 1 : Math.Sin(Math.PI * v) / (Math.PI * v);
        return Math.Abs(x) < 3 ? Sinc(x) * Sinc(x / 3) : 0;
    }

    private static byte Sum(double[] weights, Func<int, byte> sample)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] != 0)
                sum += weights[i] * sample(i);
        }
        return (byte)Math.Clamp(Math.Round(sum), 0, 255);
    }
}
