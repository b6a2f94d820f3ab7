using Gesso.Diffusion.Schedules;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Samplers;

/// <summary>
/// DPM-Solver++(2M), midpoint (arXiv 2211.01095, algorithm 2; diffusers DPMSolverMultistepScheduler): second order from the picture
/// predicted at this and the step before; first order in the first and the last step.
/// </summary>
/// <param name="schedule">Noise levels.</param>
/// <param name="wholeTimesteps">Round network times down to thousandths as diffusers does.</param>
public sealed class DpmSolverSampler(FlowSchedule schedule, bool wholeTimesteps) : ISampler
{
    /// <summary>Predicted at the step before.</summary>
    private const string Picture = "picture";

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
        double h = _levels.Lambda(index + 1) - _levels.Lambda(index);
        double shrink = _levels.Alpha(index + 1) * (Math.Exp(-h) - 1);                      // α' (e^−h − 1), negative
        var next = x.mul(_levels.Sigma(index + 1) / _levels.Bounded(index)).add_(picture, -shrink);
        if (_history[Picture] is { } previous && index + 1 < Steps)
        {
            double before = _levels.Lambda(index) - _levels.Lambda(index - 1);
            var slope = picture.sub(previous).mul(h / before);                              // D1 = (D0 − D−1) / r
            next.add_(slope, -0.5 * shrink);
        }
        _history.Keep(Picture, picture);
        return scope.MoveToOuter(next);
    }

    public void Restore(int index, IReadOnlyDictionary<string, Tensor> history) => _history.Restore(history, index == 0 ? [] : [Picture]);

    public void Dispose() => _history.Dispose();
}
