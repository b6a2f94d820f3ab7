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
    private readonly FlowLevels _levels = new(schedule, wholeTimesteps);
    private Tensor? _picture;          // predicted at the step before
    private Tensor? _pictureBefore;    // and one earlier
    private Tensor? _sample;           // corrected latents at the step before
    private int _orderTaken;
    private int _history;

    public int Steps => _levels.Steps;

    public float Sigma(int index) => _levels.Sigma(index);

    public float Time(int index) => _levels.Time(index);

    public Tensor Step(int index, Tensor x, Tensor velocity)
    {
        using var scope = NewDisposeScope();
        var picture = x.add(velocity, -_levels.Sigma(index));
        if (_sample is not null)
            x = Correct(index, picture);
        _pictureBefore?.Dispose();
        _pictureBefore = _picture;
        _picture = scope.Detach(picture);
        _orderTaken = Math.Min(Math.Min(Order, Steps - index), _history + 1);
        _sample?.Dispose();
        _sample = x.clone().DetachFromDisposeScope();
        var next = Predict(index, x);
        _history = Math.Min(_history + 1, Order);
        return scope.MoveToOuter(next);
    }

    /// <summary>UniP: from σ[index] to σ[index+1].</summary>
    private Tensor Predict(int index, Tensor x)
    {
        double h = _levels.Lambda(index + 1) - _levels.Lambda(index);
        double grow = double.ExpM1(-h);                                                     // e^−h − 1 = B(h)
        double alpha = _levels.Alpha(index + 1);
        var next = x.mul(_levels.Sigma(index + 1) / _levels.Bounded(index)).add_(_picture!, -alpha * grow);
        if (_orderTaken == 2)
        {
            double ratio = (_levels.Lambda(index - 1) - _levels.Lambda(index)) / h;
            using var slope = _pictureBefore!.sub(_picture!);
            next.add_(slope, -alpha * grow * 0.5 / ratio);
        }
        return next;
    }

    /// <summary>UniC: repeats the step to σ[index] with what the network said there.</summary>
    private Tensor Correct(int index, Tensor picture)
    {
        double h = _levels.Lambda(index) - _levels.Lambda(index - 1);
        double grow = double.ExpM1(-h);
        double alpha = _levels.Alpha(index);
        double rho = 0.5, rhoBefore = 0, ratio = 1;
        if (_orderTaken == 2)
        {
            // [1 1; r 1] ρ = b with b₁ = φ₁/B, b₂ = 2 φ₂/B
            double phi1 = grow / -h - 1, phi2 = phi1 / -h - 0.5;
            double b1 = phi1 / grow, b2 = 2 * phi2 / grow;
            ratio = (_levels.Lambda(index - 2) - _levels.Lambda(index - 1)) / h;
            rhoBefore = (b1 - b2) / (1 - ratio);
            rho = b1 - rhoBefore;
        }
        var corrected = _sample!.mul(_levels.Sigma(index) / _levels.Bounded(index - 1)).add_(_picture!, -alpha * grow);
        using var newSlope = picture.sub(_picture!);
        corrected.add_(newSlope, -alpha * grow * rho);
        if (_orderTaken == 2)
        {
            using var oldSlope = _pictureBefore!.sub(_picture!);
            corrected.add_(oldSlope, -alpha * grow * rhoBefore / ratio);
        }
        return corrected;
    }

    public void Dispose()
    {
        _picture?.Dispose();
        _pictureBefore?.Dispose();
        _sample?.Dispose();
    }
}
