using Gesso.Diffusion.Schedules;

namespace Gesso.Diffusion.Samplers;

/// <summary>
/// The scalars that exponential integrators work with: α = 1 − σ, λ = ln(α / σ) (half the log signal-to-noise ratio).
/// At σ = 1 the ratio is 0: σ is held 1e-6 below it, as diffusers' UniPC does.
/// </summary>
internal sealed class FlowLevels(FlowSchedule schedule, bool wholeTimesteps)
{
    private const double Closest = 1e-6;

    public int Steps => schedule.Steps;

    public float Sigma(int index) => schedule.Sigmas[index];

    public double Alpha(int index) => 1 - Bounded(index);

    /// <summary>+∞ at σ = 0.</summary>
    public double Lambda(int index) => Math.Log(Alpha(index)) - Math.Log(Bounded(index));

    public double Bounded(int index) => Math.Min(schedule.Sigmas[index], 1 - Closest);

    /// <summary>diffusers' multistep schedulers round times down to whole thousandths; parity needs the same.</summary>
    public float Time(int index) => wholeTimesteps ? MathF.Truncate(schedule.Sigmas[index] * 1000f) / 1000f : schedule.Sigmas[index];
}
