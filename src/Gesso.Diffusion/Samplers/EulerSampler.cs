using Gesso.Diffusion.Schedules;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Samplers;

/// <summary>x ← x + (σ' − σ) · v: one straight step (diffusers FlowMatchEulerDiscreteScheduler.step).</summary>
public sealed class EulerSampler(FlowSchedule schedule) : ISampler
{
    public int Steps => schedule.Steps;

    public float Sigma(int index) => schedule.Sigmas[index];

    public float Time(int index) => schedule.Sigmas[index];

    public Tensor Step(int index, Tensor x, Tensor velocity) => x.add(velocity, schedule.Sigmas[index + 1] - schedule.Sigmas[index]);

    public void Dispose()
    {
    }
}
