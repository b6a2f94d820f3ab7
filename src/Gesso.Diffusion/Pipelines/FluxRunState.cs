using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Samplers;
using Gesso.Models.Flux;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Pipelines;

/// <summary>What a run is started with; the run owns and disposes it.</summary>
internal sealed record FluxRunState : IDisposable
{
    public required ISampler Sampler { get; init; }

    public required NoiseSource Noise { get; init; }

    /// <summary>[P, T, C]; P is 2 under true guidance, positive first.</summary>
    public required Tensor States { get; init; }

    /// <summary>[P, PooledDim]</summary>
    public required Tensor Pooled { get; init; }

    /// <summary>[P] or null.</summary>
    public required Tensor? Guidance { get; init; }

    /// <summary>complex [T+I, 1, d/2]</summary>
    public required Tensor Rotary { get; init; }

    /// <summary>[1, I, 4c] at the first noise level.</summary>
    public required Tensor Start { get; init; }

    /// <summary>[1, I, 4c], kept where a picture is given.</summary>
    public required Tensor? InitialNoise { get; init; }

    /// <summary>[1, I, 4c] latents of the given picture.</summary>
    public required Tensor? Picture { get; init; }

    /// <summary>[1, I, 4c], 1 where redrawn.</summary>
    public required Tensor? Mask { get; init; }

    /// <summary>[1, I, 4c] latents of the control picture, or null.</summary>
    public required Tensor? Control { get; init; }

    public required IForwardProbe? Probe { get; init; }

    /// <summary>All but <see cref="Start"/>, which the run replaces at its first step.</summary>
    public void Dispose()
    {
        Sampler.Dispose();
        Noise.Dispose();
        foreach (var tensor in new[] { States, Pooled, Guidance, Rotary, InitialNoise, Picture, Mask, Control })
            tensor?.Dispose();
    }
}
