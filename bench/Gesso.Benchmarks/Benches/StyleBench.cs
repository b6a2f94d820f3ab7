using System.Diagnostics;
using System.Text.Json;
using Gesso.Benchmarks.Reporting;
using Gesso.Benchmarks.Styles;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine;
using Gesso.Engine.Library;
using Gesso.Testing.Processes;
using Gesso.Training;

namespace Gesso.Benchmarks.Benches;

/// <summary>What a team gets for fifty pictures and one command: how much of a new style an adapter carries over to things that it was not trained on.</summary>
internal sealed class StyleBench : IBench
{
    private const int Pictures = 50;
    private const int Drawn = 200;
    private const int Together = 10;
    private const double LeastInStyle = 0.8;
    private const double LeastRecognised = 0.85;
    private const double MostMinutes = 15;
    private const string KnownStyle = "noto";

    public string Name => "style";

    public string Question => "Does an adapter trained on 50 pictures of a style that gesso-mini has never seen make it draw other things in that style, and are they still recognised?";

    public BenchResult Run(BenchArguments arguments)
    {
        string art = Path.GetFullPath(arguments.ArtFolder);
        var all = ArtPicture.ReadAll(art);
        string[] concepts = JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(Path.Combine(Checkout.Root, "models", ModelLibrary.Bundled, "concepts.json")))!;
        using var engine = ImageEngine.Load(
            ModelLibrary.Default.Resolve(null, new CompanionFiles(), null), new EngineOptions { Device = "cpu", Threads = arguments.Threads });
        using var judges = Judges.Prepare(all, concepts, art, Tell);
        Tell($"judges: {judges.StyleAccuracy:0.000} of {judges.HeldOut.Count} styles, {judges.ThingAccuracy:0.000} of {judges.UnseenPairs} things");
        List<ResultTable> tables = [];
        List<Target> targets = [];
        List<string> cuts = [];
        foreach (string style in arguments.Styles)
        {
            if (!judges.Styles.Contains(style))
                throw GessoException.Invalid("no_art", $"{art} has no pictures in {style} style: make them with tools/art.");
            var random = new Randomness(new Seed(1));
            ArtPicture[] learnt = [.. Randomness.Shuffled(random.For("learnt"), all.Where(a => a.Style == style && concepts.Contains(a.Thing))).Take(Pictures)];
            string[] others = Randomness.Shuffled(random.For("others"), concepts.Except(learnt.Select(a => a.Thing)));
            (string Thing, long Seed)[] asked = [.. Enumerable.Range(0, Drawn).Select(i => (others[i % others.Length], 1L + i / others.Length))];

            string run = Path.Combine(art, "learnt", style);
            double? minutes = arguments.Adapter is null ? Train(learnt, style, run, run + ".safetensors") : null;
            var adapter = AdapterLibrary.Default.Parse(arguments.Adapter ?? run + ".safetensors");
            List<RasterImage> Draw(string what, string inStyle, params ImageAdapter[] adapters) => DrawAll(engine, $"{style}: {what}", asked, inStyle, adapters);
            string[] things = [.. asked.Select(a => a.Thing)];
            ArtPicture[] real = [.. judges.HeldOut.Where(a => a.Style == style)];
            Series with = new("with the adapter", Draw("with the adapter", style, adapter), things, style, judges);
            Series floor = new("same prompts, base", Draw("base", style), things, style, judges);
            Series known = new($"base, {KnownStyle} style", Draw($"base, {KnownStyle}", KnownStyle), things, KnownStyle, judges);
            Series ceiling = new("real art, held out", [.. real.Select(a => a.Image)], null, style, judges);
            var palette = Palette.Mean([.. all.Where(a => a.Style == style).Select(a => Palette.Of(a.Image))]);
            var cut = judges.Cut(style);
            cuts.Add($"{style} from {cut.Threshold:0.000} on, which is right in {cut.Found:P1} of its own and {cut.Refused:P1} of the others' pictures of the other half");
            tables.Add(new ResultTable(style, ["pictures", "number", "in its style", "likeliest of six", "else most", "thing recognised", "mean score", "spread of score", "spread of palettes", "palette to the art's"],
                [.. new[] { ceiling, with, floor, known }.Select(s => Row(s, palette))]));
            targets.Add(new Target($"{style}: other things in the style", with.StyleShare, LeastInStyle, TargetDirection.AtLeast));
            targets.Add(new Target($"{style}: things recognised, of the base's rate", with.ThingShare!.Value / Math.Max(floor.ThingShare!.Value, known.ThingShare!.Value), LeastRecognised, TargetDirection.AtLeast));
            if (minutes is { } taken)
                targets.Add(new Target($"{style}: minutes of training", taken, MostMinutes, TargetDirection.AtMost));
            Sheets(Path.Combine(art, "learnt"), style, with, floor, real);
        }
        return new BenchResult
        {
            Notes =
            [
                (arguments.Adapter is { } given
                    ? $"The adapter is {Path.GetFileName(given)}, trained beforehand; {Pictures} things drawn by lot are taken as what it learnt. "
                    : $"{Pictures} pictures drawn by lot from the style's art, `gesso train --images FOLDER --trigger STYLE --out FILE` and nothing else. "
                    + "Of other things it is told what the model's own folder lists (concepts.json): their names, no art of them. The base draws them and they are redrawn in the colours of the fifty. ")
                + $"Then {Drawn} pictures of things that were not among them "
                + "(\"THING in STYLE style\"), with the adapter and without, of the same seeds. In its style: the probability that a judge of six styles gives to it (for the last row: to that style) is above a threshold at which, on half of the things it never saw, it misses as large "
                + $"a share of the style's real pictures as it takes of others for it: {string.Join("; ", cuts)}. Likeliest of six: no other style gets more. Recognised: a judge of "
                + $"{concepts.Length} things names the thing. Both judges are small convolutional networks trained on real art only; on real art that they have not seen they are right in {judges.StyleAccuracy:P1} of "
                + $"{judges.HeldOut.Count} pictures (styles, of things they never saw) and {judges.ThingAccuracy:P1} of {judges.UnseenPairs} (things, each in a style it was not learnt in). The base's rate is the higher of its two rows.",
                "Score: the probability that the judge gives to the style. Palettes: shares of 216 colours without the white ground; the spread is the mean distance of two pictures of the series (0 equal, 1 nothing in common), "
                + "the last column the distance of the series' mean to the mean of all the style's real art.",
            ],
            Tables = tables,
            Targets = targets,
            Samples = [],
        };
    }

    private static IReadOnlyList<string> Row(Series s, double[] art) =>
    [
        s.Name, $"{s.Pictures.Count}", $"{s.StyleShare:P1}", $"{s.LikeliestShare:P1}", s.OtherStyle, s.ThingShare is { } share ? $"{share:P1}" : "", $"{s.Score:0.000}", $"{s.ScoreSpread:0.000}",
        $"{Palette.Spread(s.Palettes):0.000}", $"{Palette.Distance(Palette.Mean(s.Palettes), art):0.000}",
    ];

    private static List<RasterImage> DrawAll(ImageEngine engine, string what, (string Thing, long Seed)[] asked, string style, ImageAdapter[] adapters)
    {
        List<RasterImage> drawn = [];
        foreach (var together in asked.Chunk(Together))
        {
            if (drawn.Count % 50 == 0)
                Tell($"{what}: {drawn.Count} of {asked.Length}");
            var items = together.Select(a => new BatchItem(engine.Plan(new ImageRequest { Prompt = $"{a.Thing} in {style} style", Seed = new Seed(a.Seed), Adapters = adapters }))).ToArray();
            var pictures = new RasterImage[items.Length];
            foreach (var step in engine.Generate(items))
            {
                if (step.Result is { } result)
                    pictures[step.Request] = Resampler.ToRgb(result.Picture);
            }
            drawn.AddRange(pictures);
        }
        return drawn;
    }

    /// <summary>One command, as a user types it, in a process of its own.</summary>
    /// <returns>Minutes.</returns>
    private static double Train(ArtPicture[] learnt, string style, string run, string adapter)
    {
        string pictures = run + "-pictures";
        foreach (string folder in new[] { run, pictures })
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        _ = Directory.CreateDirectory(pictures);
        foreach (string file in learnt.SelectMany(p => new[] { p.File, Path.ChangeExtension(p.File, ".txt") }))
            File.Copy(file, Path.Combine(pictures, Path.GetFileName(file)));
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [GessoProcess.Program, "train", "--images", pictures, "--trigger", style, "--out", adapter]))!;
        process.WaitForExit();
        return process.ExitCode == 0
            ? watch.Elapsed.TotalMinutes
            : throw GessoException.Unavailable("training_failed", $"gesso train ended with {process.ExitCode}: see above.");
    }

    private static void Sheets(string folder, string style, Series with, Series floor, ArtPicture[] real)
    {
        const int columns = 20;
        ContactSheet.Save(Path.Combine(folder, $"{style}-drawn.png"), [.. with.Pictures.Chunk(columns)]);
        ContactSheet.Save(Path.Combine(folder, $"{style}-beside.png"),
            [.. Enumerable.Range(0, 4).SelectMany(r => new IReadOnlyList<RasterImage>[]
            {
                [.. floor.Pictures.Skip(r * 12).Take(12)], [.. with.Pictures.Skip(r * 12).Take(12)], [.. real.Skip(r * 12).Take(12).Select(a => a.Image)],
            })]);
        Tell($"look: {Path.Combine(folder, $"{style}-beside.png")} (base, adapter and real art in turn)");
    }

    private static void Tell(string line) => Console.Error.WriteLine($"  {line}");
}
