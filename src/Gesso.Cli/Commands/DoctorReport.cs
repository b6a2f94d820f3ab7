using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine;
using Gesso.Engine.Library;
using Gesso.Engine.Recipes;
using Gesso.Torch.Native;

namespace Gesso.Cli.Commands;

/// <summary>What the self-test drew.</summary>
internal sealed record DoctorPicture(string Model, string Size, int Steps, double Seconds);

/// <summary>Everything <c>gesso doctor</c> found out.</summary>
internal sealed record DoctorReport
{
    public required string Gesso { get; init; }

    public required string Dotnet { get; init; }

    public required DeviceSurvey Machine { get; init; }

    /// <summary>The libtorch that was loaded; null when none could be.</summary>
    public TorchRuntime? Runtime { get; init; }

    public DoctorPicture? Picture { get; init; }

    /// <summary>The server of this machine; null where there is none.</summary>
    public DoctorServer? Server { get; init; }

    /// <summary>What keeps pictures from being drawn, with what to do.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public bool Healthy => Problems.Count == 0 && (Server is null || Server.Problems.Count == 0);

    /// <param name="options">Device and runtime to check.</param>
    /// <param name="source">The model of the self-test.</param>
    public static DoctorReport Take(EngineOptions options, Func<ModelSource> source)
    {
        var report = new DoctorReport
        {
            Gesso = Recipe.CurrentSoftware,
            Dotnet = Environment.Version.ToString(),
            Machine = DeviceSurvey.Survey(folder: Directory.GetCurrentDirectory()),
            Problems = [],
        };
        try
        {
            options.Validate();
            var runtime = LibTorch.Load(new TorchOptions { LibTorchPath = options.LibTorchPath, Threads = options.Threads, PreferCuda = options.Device != "cpu" });
            report = report with { Runtime = runtime };
            return report with { Picture = Draw(source(), options) };
        }
        catch (GessoException e)
        {
            return report with { Problems = [e.Message] };
        }
    }

    private static DoctorPicture Draw(ModelSource source, EngineOptions options)
    {
        long started = TimeProvider.System.GetTimestamp();
        using var engine = ImageEngine.Load(source, options);
        var plan = engine.Plan(new ImageRequest { Prompt = "a red apple", Steps = 1, Seed = new Seed(1) });
        foreach (var step in engine.Generate(plan))
        {
            if (step.Result is { } result && result.Picture.Pixels.Distinct().Count() < 2)
                throw GessoException.Bug("blank_picture", "The self-test drew a picture of a single colour: the runtime computes wrongly on this machine.");
        }
        return new DoctorPicture(engine.Card.Name, plan.First.Size.ToString(), plan.First.StepsToRun, TimeProvider.System.GetElapsedTime(started).TotalSeconds);
    }
}
