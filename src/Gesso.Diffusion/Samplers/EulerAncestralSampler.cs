using Gesso.Diffusion.Schedules;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Samplers;

/// <summary>
/// A stochastic Euler sampler for rectified flow: steps below the next noise level and adds fresh noise up to it, so that the marginal
/// x = (1−σ)·picture + σ·noise is kept (k-diffusion's ancestral step in the flow parametrisation, as in ComfyUI sample_euler_ancestral_RF).
/// </summary>
/// <param name="schedule">Noise levels.</param>
/// <param name="noise">Draws fresh standard normal noise of the shape of x, in f32.</param>
/// <param name="eta">0 = plain Euler, 1 = full noise.</param>
public sealed class EulerAncestralSampler(FlowSchedule schedule, Func<long[], Tensor> noise, double eta = 1) : ISampler
{
    public int Steps => schedule.Steps;

    public float Sigma(int index) => schedule.Sigmas[index];

    public float Time(int index) => schedule.Sigmas[index];

    public Tensor Step(int index, Tensor x, Tensor velocity)
    {
        using var scope = NewDisposeScope();
        double sigma = schedule.Sigmas[index], next = schedule.Sigmas[index + 1];
        var picture = x.add(velocity, -sigma);
        if (next == 0)
            return scope.MoveToOuter(picture);
        double below = next * (1 + (next / sigma - 1) * eta);
        double ratio = below / sigma;
        var stepped = x.mul(ratio).add_(picture, 1 - ratio);
        // (1−σ')/(1−σ_below) restores the share of the picture, the rest of the variance is fresh
        double keep = (1 - next) / (1 - below);
        double fresh = Math.Sqrt(Math.Max(0, next * next - below * below * keep * keep));
        if (fresh > 0)
            stepped = stepped.mul(keep).add_(noise(x.shape).to(x.device), fresh);
        return scope.MoveToOuter(stepped);
    }

    public void Dispose()
    {
    }
}
