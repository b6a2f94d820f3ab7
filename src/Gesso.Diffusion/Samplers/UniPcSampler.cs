using Gesso.Diffusion.Schedules;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Samplers;

/// <summary>
/// UniPC of order 2, B₂(h), predicting the picture (arXiv 2302.04867; diffusers UniPCMultistepScheduler with solver_type bh2): each
/// network answer first corrects the step that led to it, then predicts the next.
/// </summary>
/// <param name="schedule">Noise levels.</param>
/// <param name="wholeTimesteps">Round network times down to thousandths as diffusers does.</param>
public sealed class UniPcSampler(FlowSchedule schedule, bool wholeTimesteps) : ISampler
{
    private const int Order = 2;

    /// <summary>Predicted at the step before.</summary>
    private const string Picture = "picture";

    /// <summary>Predicted one step earlier.</summary>
    private const string PictureBefore = "picture_before";

    /// <summary>Corrected latents at the step before.</summary>
    private const string Sample = "sample";

    private readonly FlowLevels _levels = new(schedule, wholeTimesteps);
    private readonly StepHistory _history = new();

    public int Steps => _levels.Steps;

    public float Sigma(int index) => _levels.Sigma(index);

    public float Time(int index) => _levels.Time(index);

    public IReadOnlyDictionary<string, Tensor> History => _history.Tensors;

    public Tensor Step(int index, Tensor x, Tensor velocity)
    {
        using var scope = NewDisposeScope();
        var picture = x.add(velocity, -_levels.Sigma(index));
        if (_history[Sample] is { } sample)
            x = Correct(index, picture, sample);
        _history.Age(Picture, PictureBefore);
        _history.Keep(Picture, picture);
        _history.Keep(Sample, x.clone());
        return scope.MoveToOuter(Predict(index, x, picture));
    }

    public void Restore(int index, IReadOnlyDictionary<string, Tensor> history) =>
        _history.Restore(history, index switch { 0 => [], 1 => [Picture, Sample], _ => [Picture, PictureBefore, Sample] });

    /// <summary>The first step has no history, the last one would extrapolate to σ = 0: both are of order 1.</summary>
    private int OrderAt(int index) => Math.Min(Math.Min(Order, Steps - index), index + 1);

    /// <summary>UniP: from σ[index] to σ[index+1].</summary>
    private Tensor Predict(int index, Tensor x, Tensor picture)
    {
        double h = _levels.Lambda(index + 1) - _levels.Lambda(index);
        double grow = double.ExpM1(-h);                                                     // e^−h − 1 = B(h)
        double alpha = _levels.Alpha(index + 1);
        var next = x.mul(_levels.Sigma(index + 1) / _levels.Bounded(index)).add_(picture, -alpha * grow);
        if (OrderAt(index) == Order)
        {
            double ratio = (_levels.Lambda(index - 1) - _levels.Lambda(index)) / h;
            using var slope = _history[PictureBefore]!.sub(picture);
            next.add_(slope, -alpha * grow * 0.5 / ratio);
        }
        return next;
    }

    /// <summary>UniC: repeats the step to σ[index] with what the network said there.</summary>
    private Tensor Correct(int index, Tensor picture, Tensor sample)
    {
        bool second = OrderAt(index - 1) == Order;
        var before = _history[Picture]!;
        double h = _levels.Lambda(index) - _levels.Lambda(index - 1);
        double grow = double.ExpM1(-h);
        double alpha = _levels.Alpha(index);
        double rho = 0.5, rhoBefore = 0, ratio = 1;
        if (second)
        {
            // [1 1; r 1] ρ = b with b₁ = φ₁/B, b₂ = 2 φ₂/B
            double phi1 = grow / -h - 1, phi2 = phi1 / -h - 0.5;
            double b1 = phi1 / grow, b2 = 2 * phi2 / grow;
            ratio = (_levels.Lambda(index - 2) - _levels.Lambda(index - 1)) / h;
            rhoBefore = (b1 - b2) / (1 - ratio);
            rho = b1 - rhoBefore;
        }
        var corrected = sample.mul(_levels.Sigma(index) / _levels.Bounded(index - 1)).add_(before, -alpha * grow);
        using var newSlope = picture.sub(before);
        corrected.add_(newSlope, -alpha * grow * rho);
        if (second)
        {
            using var oldSlope = _history[PictureBefore]!.sub(before);
            corrected.add_(oldSlope, -alpha * grow * rhoBefore / ratio);
        }
        return corrected;
    }

    public void Dispose() => _history.Dispose();
}
