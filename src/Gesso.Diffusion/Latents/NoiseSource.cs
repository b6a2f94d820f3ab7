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
    private readonly ScalarType _drawType;

    /// <param name="seed">The seed.</param>
    /// <param name="parity">BFL draws in bfloat16, which are other numbers than rounded f32 draws; the others in f32.</param>
    public NoiseSource(Seed seed, ParityMode parity)
    {
        _generator = new Generator(0, CPU);
        _generator.manual_seed(seed.Value);
        _drawType = parity == ParityMode.Bfl ? ScalarType.BFloat16 : ScalarType.Float32;
    }

    /// <summary>Standard normal noise in f32 on the CPU.</summary>
    public Tensor Draw(params long[] shape)
    {
        var drawn = randn(shape, _drawType, CPU, generator: _generator);
        if (_drawType == ScalarType.Float32)
            return drawn;
        using (drawn)
            return drawn.to(ScalarType.Float32);
    }

    public void Dispose() => _generator.Dispose();
}
