using Gesso.Contracts.Images;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Latents;

/// <summary>
/// All random draws of one picture from one generator on the CPU, so that a seed means the same picture on every device.
/// The order of draws is part of the contract: posterior samples of given pictures first, then the initial noise, then samplers.
/// </summary>
public sealed class NoiseSource : IDisposable
{
    private readonly Generator _generator;
    private readonly bool _roundToBfloat16;

    /// <param name="seed">The seed.</param>
    /// <param name="parity">
    /// BFL draws in bfloat16, the others in f32. The reference goldens (PyTorch 2.13) hold rounded f32 draws; libtorch 2.10's own bfloat16
    /// kernel gives other numbers, so the rounding is done here.
    /// </param>
    public NoiseSource(Seed seed, ParityMode parity)
    {
        _generator = new Generator(0, CPU);
        _generator.manual_seed(seed.Value);
        _roundToBfloat16 = parity == ParityMode.Bfl;
    }

    /// <summary>How often noise was drawn: with the seed, where the generator stands.</summary>
    public int Draws { get; private set; }

    /// <summary>Standard normal noise in f32 on the CPU.</summary>
    public Tensor Draw(params long[] shape)
    {
        Draws++;
        var drawn = randn(shape, ScalarType.Float32, CPU, generator: _generator);
        if (!_roundToBfloat16)
            return drawn;
        using (drawn)
        {
            using var rounded = drawn.to(ScalarType.BFloat16);
            return rounded.to(ScalarType.Float32);
        }
    }

    /// <summary>Goes on to where another source of this seed stood after so many draws, by drawing what it drew.</summary>
    /// <param name="draws">At least <see cref="Draws"/>.</param>
    /// <param name="shape">Of each draw that is repeated.</param>
    public void AdvanceTo(int draws, params long[] shape)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, Draws);
        while (Draws < draws)
            Draw(shape).Dispose();
    }

    public void Dispose() => _generator.Dispose();
}
