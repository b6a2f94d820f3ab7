using Gesso.Contracts.Errors;
using Gesso.Diffusion.Schedules;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Samplers;

/// <summary>The samplers by the names that requests use.</summary>
public static class SamplerCatalog
{
    public const string Euler = "euler";
    public const string EulerAncestral = "euler-ancestral";
    public const string Dpmpp2M = "dpmpp-2m";
    public const string UniPc = "unipc";

    public static IReadOnlyList<string> Names { get; } = [Euler, EulerAncestral, Dpmpp2M, UniPc];

    /// <exception cref="GessoException"><c>unknown_sampler</c> naming those that exist.</exception>
    public static string Validate(string name) => Names.Contains(name)
        ? name
        : throw GessoException.Invalid("unknown_sampler", $"There is no sampler \"{name}\"; choose one of {string.Join(", ", Names)}.");

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="schedule">Noise levels.</param>
    /// <param name="wholeTimesteps">Times as diffusers' multistep schedulers round them.</param>
    /// <param name="noise">Fresh noise for stochastic samplers.</param>
    public static ISampler Create(string name, FlowSchedule schedule, bool wholeTimesteps, Func<long[], Tensor> noise) => Validate(name) switch
    {
        EulerAncestral => new EulerAncestralSampler(schedule, noise),
        Dpmpp2M => new DpmSolverSampler(schedule, wholeTimesteps),
        UniPc => new UniPcSampler(schedule, wholeTimesteps),
        _ => new EulerSampler(schedule),
    };
}
