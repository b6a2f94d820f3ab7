using Gesso.Benchmarks.Measuring;
using Gesso.Benchmarks.Reporting;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine;
using Gesso.Engine.Library;
using Gesso.Torch.Native;

namespace Gesso.Benchmarks.Benches;

/// <summary>Where the time of a picture of the bundled model goes, from a cold process to a file.</summary>
internal sealed class MiniBench : IBench
{
    public const string Prompt = "a red apple in noto style";
    private const double MostSeconds = 1;
    private const string FirstStep = "denoise: step 1";
    private const string OtherSteps = "denoise: other steps";

    public string Name => "mini";

    public string Question => "Where does the time of a picture go? The bundled gesso-mini in this process: the first picture, and further ones of the same prompt.";

    public BenchResult Run(BenchArguments arguments)
    {
        using var folder = new TemporaryFolder();
        var first = new StageClock();
        first.Time("load libtorch", () => LibTorch.Load(new TorchOptions { Threads = arguments.Threads, PreferCuda = false }));
        using var engine = first.Time("open the model", () => ImageEngine.Load(
            ModelLibrary.Default.Resolve(null, new CompanionFiles(), null), new EngineOptions { Device = "cpu", Threads = arguments.Threads }));
        first.Time("load CLIP", engine.Model.Clip.Use);
        first.Time("load T5", engine.Model.T5.Use);
        first.Time("load the transformer", engine.Model.Transformer.Use);
        first.Time("load the autoencoder", engine.Model.AutoEncoder.Use);
        var request = new ImageRequest { Prompt = Prompt, Seed = new Seed(1), Count = arguments.Repeat + 1 };
        var plan = first.Time("plan", () => engine.Plan(request));
        Draw(engine, plan, 0, first, folder);

        var further = new StageClock[arguments.Repeat];
        for (int i = 0; i < further.Length; i++)
        {
            Console.Error.WriteLine($"  picture {i + 2} of {arguments.Repeat + 1}");
            further[i] = new StageClock();
            Draw(engine, plan, i + 1, further[i], folder);
        }
        return Result(first, further, plan);
    }

    private static void Draw(ImageEngine engine, GenerationPlan plan, int index, StageClock clock, TemporaryFolder folder)
    {
        using var run = clock.Time("encode the prompt, draw noise", () => engine.Pipeline.Start(plan.Picture(index)));
        using var steps = run.Denoise().GetEnumerator();
        for (int i = 0; i < run.Steps; i++)
            clock.Time(i == 0 ? FirstStep : OtherSteps, steps.MoveNext);
        var picture = clock.Time("decode the latents (VAE)", run.ToImage);
        byte[] png = clock.Time("encode PNG", () => ImageFiles.EncodePng(picture));
        clock.Time("write the file", () => Write(folder.File($"{index}.png"), png));
    }

    private static bool Write(string path, byte[] png)
    {
        AtomicFile.Write(path, png);
        return true;
    }

    private static BenchResult Result(StageClock first, StageClock[] further, GenerationPlan plan)
    {
        List<IReadOnlyList<string>> rows = [];
        List<Samples> samples = [.. first.Stages.Select(s => new Samples($"first picture, {s.Stage}", [s.Milliseconds]))];
        foreach (var (stage, milliseconds) in first.Stages)
        {
            var times = new Samples($"further pictures, {stage}", [.. further.Select(f => f.Of(stage)).OfType<double>()]);
            bool each = times.Milliseconds.Count > 0;
            rows.Add([stage, $"{milliseconds:0.0}", each ? $"{times.Median:0.0}" : "", each ? $"{times.Min:0.0}" : ""]);
            if (each)
                samples.Add(times);
        }
        var total = new Samples("further pictures, total", [.. further.Select(f => f.Total)]);
        samples.Add(total);
        rows.Add(["total", $"{first.Total:0.0}", $"{total.Median:0.0}", $"{total.Min:0.0}"]);
        int others = plan.First.Steps - 1;
        if (others > 0 && first.Of(OtherSteps) is { } sum)
        {
            var each = new Samples("further pictures, one of the other steps", [.. further.Select(f => f.Of(OtherSteps)!.Value / others)]);
            rows.Add(["(one of the other steps)", $"{sum / others:0.0}", $"{each.Median:0.0}", $"{each.Min:0.0}"]);
        }
        return new BenchResult
        {
            Notes =
            [
                $"{plan.First.Size}, {plan.First.Steps} steps, true guidance {plan.First.TrueGuidance} ({(plan.First.UsesTrueGuidance ? "two evaluations a step, in one batch" : "one evaluation a step")}), prompt \"{Prompt}\". "
                + "Milliseconds. A process has one first picture, so its column is one measurement, in which code is compiled as it is met; "
                + "the start of .NET itself is outside (bench startup has it). Further pictures find the prompt's states kept.",
            ],
            Tables = [new ResultTable("One picture", ["stage", "first", "further", "(min)"], rows)],
            Targets = [new Target("a further picture, seconds", total.Median / 1000, MostSeconds, TargetDirection.AtMost)],
            Samples = samples,
        };
    }
}
