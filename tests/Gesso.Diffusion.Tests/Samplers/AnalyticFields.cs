using Gesso.Diffusion.Samplers;
using Gesso.Diffusion.Schedules;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Tests.Samplers;

/// <summary>Velocity fields whose solutions are known in closed form.</summary>
internal static class AnalyticFields
{
    /// <summary>Runs a sampler from <paramref name="x"/> to the end.</summary>
    /// <param name="sampler">Its schedule gives the levels.</param>
    /// <param name="x">Latents at the first level; not disposed.</param>
    /// <param name="velocity">(x, σ) → velocity.</param>
    /// <param name="seen">Looks at x at every level, the first excluded.</param>
    public static Tensor Run(ISampler sampler, Tensor x, Func<Tensor, double, Tensor> velocity, Action<Tensor, double>? seen = null)
    {
        using var scope = NewDisposeScope();
        for (int i = 0; i < sampler.Steps; i++)
        {
            x = sampler.Step(i, x, velocity(x, sampler.Sigma(i)));
            seen?.Invoke(x, sampler.Sigma(i + 1));
        }
        return scope.MoveToOuter(x);
    }

    /// <summary>Pictures drawn from a normal distribution: the network that knows them best answers E[noise − picture | x].</summary>
    public sealed record Gaussian(double Mean, double Deviation)
    {
        public double Variance(double sigma) => (1 - sigma) * (1 - sigma) * Deviation * Deviation + sigma * sigma;

        public Tensor Velocity(Tensor x, double sigma)
        {
            using var scope = NewDisposeScope();
            // E[noise | x] = σ/V · (x − (1−σ)m), E[picture | x] = m + (1−σ)s²/V · (x − (1−σ)m)
            var centred = x.sub((1 - sigma) * Mean);
            return scope.MoveToOuter(centred.mul((sigma - (1 - sigma) * Deviation * Deviation) / Variance(sigma)).sub(Mean));
        }

        /// <summary>What starts as <paramref name="noise"/> at σ = 1 is here at σ: the flow keeps the rank.</summary>
        public Tensor Solution(Tensor noise, double sigma) => noise.mul(Math.Sqrt(Variance(sigma))).add((1 - sigma) * Mean);
    }

    public static ISampler Create(string name, FlowSchedule schedule) =>
        SamplerCatalog.Create(name, schedule, wholeTimesteps: false, shape => randn(shape, ScalarType.Float32));
}
