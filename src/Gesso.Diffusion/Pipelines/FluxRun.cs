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
    private readonly FluxRunState _state;

    internal FluxRun(FluxModel model, DenoisePlan plan, FluxRunState state)
    {
        Model = model;
        Plan = plan;
        _state = state;
        Latents = state.Start;
    }

    public FluxModel Model { get; }

    public DenoisePlan Plan { get; }

    /// <summary>Rows of the packed grid.</summary>
    public int Rows => Plan.Size.Height / Model.PixelStep;

    /// <summary>Columns of the packed grid.</summary>
    public int Columns => Plan.Size.Width / Model.PixelStep;

    /// <summary>[1, Rows · Columns, 4c] f32, at the noise level of the last step.</summary>
    public Tensor Latents { get; private set; }

    /// <summary>The picture as the network sees it at the last step (x − σ·v), packed; null before the first.</summary>
    public Tensor? Predicted { get; private set; }

    public int Steps => _state.Sampler.Steps;

    /// <summary>Runs the steps as they are pulled. Cancellation takes effect between two steps.</summary>
    public IEnumerable<DenoiseStep> Denoise(CancellationToken cancellation = default)
    {
        for (int i = 0; i < _state.Sampler.Steps; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Advance(i);
            yield return new DenoiseStep(i + 1, _state.Sampler.Steps, _state.Sampler.Sigma(i + 1));
        }
    }

    /// <returns>[1, 3, H, W] about −1 … 1</returns>
    public Tensor Decode() => Decode(Latents);

    /// <summary>The picture in bytes.</summary>
    public RasterImage ToImage()
    {
        using var pixels = Decode();
        _state.Probe?.Record("pixels", pixels);
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
        _state.Sampler.Dispose();
        _state.Noise.Dispose();
        foreach (var tensor in new[] { _state.States, _state.Pooled, _state.Guidance, _state.Rotary, _state.InitialNoise, _state.Picture, _state.Mask, Latents, Predicted })
            tensor?.Dispose();
    }

    private void Advance(int index)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var velocity = Velocity(index);
        var next = _state.Sampler.Step(index, Latents, velocity);
        if (_state.Mask is not null)
        {
            // what is kept follows the picture's own path: noised to the level just reached, clean at the end
            float sigma = _state.Sampler.Sigma(index + 1);
            var kept = sigma > 0 ? FluxPipeline.Noised(_state.Picture!, _state.InitialNoise!, sigma) : _state.Picture!;
            next = (1 - _state.Mask) * kept + _state.Mask * next;
        }
        _state.Probe?.Record($"latents.{index + 1}", next);
        Predicted?.Dispose();
        Predicted = Latents.add(velocity, -_state.Sampler.Sigma(index)).DetachFromDisposeScope();
        Latents.Dispose();
        Latents = scope.Detach(next);
    }

    private Tensor Velocity(int index)
    {
        using var scope = NewDisposeScope();
        long batch = _state.States.shape[0];
        var input = Latents.to(Model.Target.Type);
        var time = full([batch], _state.Sampler.Time(index), ScalarType.Float32, Model.Target.Device);
        var probe = index == 0 && _state.Probe is not null ? new FirstOfBatch(_state.Probe) : null;
        var answer = Model.Transformer.Use()
            .Forward(batch == 1 ? input : input.expand(batch, -1, -1), _state.States, _state.Pooled, time, _state.Guidance, _state.Rotary, probe)
            .to(ScalarType.Float32);
        for (long b = 0; _state.Probe is not null && b < batch; b++)
        {
            long call = index * batch + b;
            _state.Probe.Record($"call.{call}.x", Latents);
            _state.Probe.Record($"call.{call}.t", time.narrow(0, 0, 1));
            _state.Probe.Record($"call.{call}.v", answer.narrow(0, b, 1));
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
