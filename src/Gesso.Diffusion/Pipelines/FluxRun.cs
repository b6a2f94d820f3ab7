using Gesso.Contracts.Images;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Samplers;
using Gesso.Models.Flux;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Pipelines;

/// <summary>One finished denoising step.</summary>
/// <param name="Index">1 … <paramref name="Count"/>.</param>
/// <param name="Count">Steps of this run.</param>
/// <param name="Sigma">Noise level reached; 0 after the last step.</param>
public readonly record struct DenoiseStep(int Index, int Count, float Sigma);

/// <summary>A picture in the making: pull steps, look at previews in between, decode at the end. Belongs to one thread.</summary>
public sealed class FluxRun : IDisposable
{
    public required FluxModel Model { get; init; }

    public required DenoisePlan Plan { get; init; }

    /// <summary>Packed grid.</summary>
    public required int Rows { get; init; }

    public required int Columns { get; init; }

    internal required ISampler Sampler { get; init; }

    internal required NoiseSource Noise { get; init; }

    internal required Tensor States { get; init; }

    internal required Tensor Pooled { get; init; }

    internal required Tensor? Guidance { get; init; }

    internal required Tensor Rotary { get; init; }

    internal required Tensor? InitialNoise { get; init; }

    internal required Tensor? Picture { get; init; }

    internal required Tensor? Mask { get; init; }

    internal required IForwardProbe? Probe { get; init; }

    /// <summary>[1, Rows · Columns, 4c] f32, at the noise level of the last step.</summary>
    public required Tensor Latents { get; set; }

    /// <summary>The picture as the network sees it at the last step (x − σ·v), packed; null before the first.</summary>
    public Tensor? Predicted { get; private set; }

    public int Steps => Sampler.Steps;

    /// <summary>Runs the steps as they are pulled. Cancellation takes effect between two steps.</summary>
    public IEnumerable<DenoiseStep> Denoise(CancellationToken cancellation = default)
    {
        for (int i = 0; i < Sampler.Steps; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Advance(i);
            yield return new DenoiseStep(i + 1, Sampler.Steps, Sampler.Sigma(i + 1));
        }
    }

    /// <returns>[1, 3, H, W] about −1 … 1</returns>
    public Tensor Decode() => Decode(Latents);

    /// <summary>The picture in bytes.</summary>
    public RasterImage ToImage()
    {
        using var pixels = Decode();
        Probe?.Record("pixels", pixels);
        return Pixels.ToImage(pixels, Plan.Parity);
    }

    /// <param name="packed">[1, Rows · Columns, 4c] in the transformer's scale</param>
    /// <returns>[1, 3, H, W] about −1 … 1</returns>
    public Tensor Decode(Tensor packed)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var autoEncoder = Model.AutoEncoder.Use();
        var latent = autoEncoder.FromModel(PackedLatent.Unpack(packed, Rows, Columns));
        return scope.MoveToOuter(autoEncoder.Decode(latent.to(Model.Target.Type)).to(ScalarType.Float32));
    }

    public void Dispose()
    {
        Sampler.Dispose();
        Noise.Dispose();
        foreach (var tensor in new[] { States, Pooled, Guidance, Rotary, InitialNoise, Picture, Mask, Latents, Predicted })
            tensor?.Dispose();
    }

    private void Advance(int index)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var velocity = Velocity(index);
        var next = Sampler.Step(index, Latents, velocity);
        if (Mask is not null)
        {
            // what is kept follows the picture's own path: noised to the level just reached, clean at the end
            float sigma = Sampler.Sigma(index + 1);
            var kept = sigma > 0 ? FluxPipeline.Noised(Picture!, InitialNoise!, sigma) : Picture!;
            next = (1 - Mask) * kept + Mask * next;
        }
        Probe?.Record($"latents.{index + 1}", next);
        Predicted?.Dispose();
        Predicted = Latents.add(velocity, -Sampler.Sigma(index)).DetachFromDisposeScope();
        Latents.Dispose();
        Latents = scope.Detach(next);
    }

    private Tensor Velocity(int index)
    {
        using var scope = NewDisposeScope();
        long batch = States.shape[0];
        var input = Latents.to(Model.Target.Type);
        var time = full([batch], Sampler.Time(index), ScalarType.Float32, Model.Target.Device);
        var probe = index == 0 && Probe is not null ? new FirstOfBatch(Probe) : null;
        var answer = Model.Transformer.Use()
            .Forward(batch == 1 ? input : input.expand(batch, -1, -1), States, Pooled, time, Guidance, Rotary, probe)
            .to(ScalarType.Float32);
        for (long b = 0; Probe is not null && b < batch; b++)
        {
            long call = index * batch + b;
            Probe.Record($"call.{call}.x", Latents);
            Probe.Record($"call.{call}.t", time.narrow(0, 0, 1));
            Probe.Record($"call.{call}.v", answer.narrow(0, b, 1));
        }
        if (batch == 1)
            return scope.MoveToOuter(answer);
        var (positive, negative) = (answer.narrow(0, 0, 1), answer.narrow(0, 1, 1));
        return scope.MoveToOuter(negative + (positive - negative) * Plan.TrueGuidance);
    }

    /// <summary>Shows a probe the positive half of a guided batch.</summary>
    private sealed class FirstOfBatch(IForwardProbe inner) : IForwardProbe
    {
        public void Record(string name, Tensor value)
        {
            using var first = value.narrow(0, 0, 1);
            inner.Record(name, first);
        }
    }
}
