using CsCheck;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Latents;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Tests.Latents;

public sealed class PixelsTests
{
    public static TheoryData<ParityMode> Modes => [.. Enum.GetValues<ParityMode>()];

    [Fact]
    public void Bytes_survive_the_way_to_a_tensor_and_back() => Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[0, 1000]).Sample(
        (width, height, seed) =>
        {
            using var leaks = new LeakCheck();
            var picture = Pictures.Noise(width, height, 3, seed);
            using var tensor = Pixels.ToTensor(picture);

            Assert.Equal([1, 3, height, width], tensor.shape);
            Assert.Equal(picture.Pixels, Pixels.ToImage(tensor, ParityMode.Diffusers).Pixels);
        },
        iter: 40,
        threads: 1);

    [Fact]
    public void Black_is_minus_one_and_white_is_one()
    {
        using var tensor = Pixels.ToTensor(new RasterImage(2, 1, 3, [0, 0, 0, 255, 255, 255]));

        Assert.Equal([-1, 1, -1, 1, -1, 1], tensor.data<float>().ToArray());
    }

    [Fact]
    public void Alpha_is_laid_over_white()
    {
        using var tensor = Pixels.ToTensor(new RasterImage(3, 1, 4, [255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 51]));

        float[] expected = [1, 1, 0.6f, -1, 1, 0.6f, -1, 1, 0.6f];
        Assert.Equal(expected, tensor.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Grey_becomes_three_equal_channels()
    {
        using var grey = Pixels.ToTensor(new RasterImage(2, 1, 1, [10, 200]));
        using var rgb = Pixels.ToTensor(new RasterImage(2, 1, 3, [10, 10, 10, 200, 200, 200]));

        Assert.Equal(rgb.data<float>().ToArray(), grey.data<float>().ToArray());
    }

    [Fact]
    public void A_mask_is_redrawn_from_half_white_on()
    {
        using var leaks = new LeakCheck();
        using var mask = Pixels.ToMask(new RasterImage(4, 1, 1, [0, 127, 128, 255]));

        Assert.Equal([1, 1, 1, 4], mask.shape);
        Assert.Equal([0, 0, 1, 1], mask.data<float>().ToArray());
    }

    [Fact]
    public void Diffusers_rounds_where_the_others_truncate() => Gen.Float[-1.2f, 1.2f].Array[3].Sample(
        values =>
        {
            using var scope = NewDisposeScope();
            var pixels = tensor(values).view(1, 3, 1, 1);
            for (int c = 0; c < 3; c++)
            {
                double exact = Math.Clamp((values[c] + 1.0) * 127.5, 0, 255);
                int rounded = Pixels.ToImage(pixels, ParityMode.Diffusers).Pixels[c];
                Assert.True(Math.Abs(rounded - exact) <= 0.5 + 1e-4);
                foreach (var mode in new[] { ParityMode.Bfl, ParityMode.Comfy })
                {
                    int truncated = Pixels.ToImage(pixels, mode).Pixels[c];
                    Assert.True(truncated <= exact + 1e-4 && truncated > exact - 1 - 1e-4);
                }
            }
        },
        iter: 100,
        threads: 1);

    [Theory]
    [MemberData(nameof(Modes))]
    public void Values_outside_the_range_are_clamped(ParityMode mode)
    {
        using var pixels = tensor(new[] { -7f, 7f, 0.999999f }).view(1, 3, 1, 1);

        Assert.Equal((0, 255), (Pixels.ToImage(pixels, mode).Pixels[0], Pixels.ToImage(pixels, mode).Pixels[1]));
    }
}
