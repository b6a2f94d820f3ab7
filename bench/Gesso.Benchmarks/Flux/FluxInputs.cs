using Gesso.Benchmarks.Measuring;
using Gesso.Contracts.Errors;
using Gesso.Diffusion.Latents;
using Gesso.Models.Flux;
using static TorchSharp.torch;

namespace Gesso.Benchmarks.Flux;

/// <summary>What a transformer, or one of its blocks, is given: seeded noise of the right shapes. Belongs to the open dispose scope.</summary>
internal sealed class FluxInputs
{
    private readonly Tensor _latents;
    private readonly Tensor _states;
    private readonly Tensor _pooled;
    private readonly Tensor _time = full([1], 0.5, ScalarType.Float32);
    private readonly Tensor _guidance = full([1], 3.5, ScalarType.Float32);
    private long _draws;

    public FluxInputs(FluxConfig config, int textTokens, int imageTokens)
    {
        Text = textTokens;
        Image = imageTokens;
        var (rows, columns) = FluxSizes.Grid(imageTokens);
        using var ids = cat([PositionIds.Text(textTokens), PositionIds.Image(rows, columns)], 0);
        _latents = Noise(1, imageTokens, config.InChannels);
        _states = Noise(1, textTokens, config.ContextDim);
        _pooled = Noise(1, config.PooledDim);
        Rotary = RotaryEmbedding.Factors(ids, config.Axes, config.RotaryTheta);
    }

    public int Text { get; }

    public int Image { get; }

    public int Total => Text + Image;

    /// <summary>complex [T+I, 1, d/2]; made once a picture, so its making is not part of any time.</summary>
    public Tensor Rotary { get; }

    /// <summary>Standard normal; the n-th draw is the same in every run.</summary>
    public Tensor Noise(params long[] shape)
    {
        using var generator = new Generator(0, CPU);
        generator.manual_seed(++_draws);
        return randn(shape, ScalarType.Float32, CPU, generator: generator);
    }

    /// <summary>A whole evaluation, ready to be timed.</summary>
    public Work Step(string name, FluxTransformer transformer)
    {
        RequireFinite(name, () => Velocity(transformer));
        return Timed(name, () => Velocity(transformer));
    }

    /// <summary>The transformer's answer to the same latents, text and time whenever it is asked.</summary>
    /// <returns>[1, I, C]</returns>
    public Tensor Velocity(FluxTransformer transformer) =>
        transformer.Forward(_latents, _states, _pooled, _time, _guidance, Rotary);

    /// <summary>The work of a function that makes tensors: they are freed inside the time, as in a pipeline.</summary>
    public static Work Timed(string name, Func<Tensor> forward) => new(name, () =>
    {
        using var scope = NewDisposeScope();
        forward();
    });

    /// <summary>A time is worth nothing when the numbers are not numbers: NaN and denormals have other speeds.</summary>
    public static void RequireFinite(string name, Func<Tensor> forward)
    {
        using var scope = NewDisposeScope();
        if (!forward().isfinite().all().item<bool>())
            throw GessoException.Bug("not_finite", $"{name}: the result is not finite; the seeded weights are too large for this depth.");
    }
}
