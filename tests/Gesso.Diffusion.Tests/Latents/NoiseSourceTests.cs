using Gesso.Contracts.Images;
using Gesso.Diffusion.Latents;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Tests.Latents;

public sealed class NoiseSourceTests
{
    [Fact]
    public void A_seed_repeats_its_draws_and_another_has_others()
    {
        using var leaks = new LeakCheck();

        Assert.Equal(Draws(7, ParityMode.Diffusers), Draws(7, ParityMode.Diffusers));
        Assert.NotEqual(Draws(7, ParityMode.Diffusers), Draws(8, ParityMode.Diffusers));
        Assert.NotEqual(Draws(0, ParityMode.Diffusers), Draws(long.MaxValue, ParityMode.Diffusers));
    }

    [Fact]
    public void Draws_go_on_where_the_last_one_ended()
    {
        using var source = new NoiseSource(new Seed(3), ParityMode.Diffusers);
        using var first = source.Draw(2, 8);
        using var second = source.Draw(2, 8);

        Assert.NotEqual(first.data<float>().ToArray(), second.data<float>().ToArray());
    }

    [Fact]
    public void Other_draws_of_the_process_do_not_disturb_a_source()
    {
        float[] alone = Draws(7, ParityMode.Diffusers);
        using var source = new NoiseSource(new Seed(7), ParityMode.Diffusers);
        using var other = randn(100);
        manual_seed(99);
        using var drawn = source.Draw(1, 4, 6, 6);

        Assert.Equal(alone, drawn.data<float>().ToArray());
    }

    [Fact]
    public void Bfl_rounds_to_bfloat16_and_the_others_do_not()
    {
        float[] exact = Draws(7, ParityMode.Diffusers);

        Assert.Equal(exact, Draws(7, ParityMode.Comfy));
        Assert.Equal(exact.Select(ToBfloat16), Draws(7, ParityMode.Bfl));
        Assert.NotEqual(exact, Draws(7, ParityMode.Bfl));
    }

    private static float[] Draws(long seed, ParityMode parity)
    {
        using var source = new NoiseSource(new Seed(seed), parity);
        using var drawn = source.Draw(1, 4, 6, 6);
        return drawn.data<float>().ToArray();
    }

    /// <summary>Round to nearest, ties to even, on the bits.</summary>
    private static float ToBfloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000);
    }
}
