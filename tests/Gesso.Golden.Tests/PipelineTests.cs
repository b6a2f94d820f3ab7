using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Imaging;
using Gesso.Engine;
using Gesso.Engine.Library;
using Gesso.Models.Flux;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Golden.Tests;

/// <summary>Whole pictures: what the transformer receives, every inner activation of the first call, every velocity, latents and the bytes.</summary>
public sealed class PipelineTests
{
    public static TheoryData<GoldenCase> Cases => Coverage.Cases("pipeline");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Picture_equals_the_reference(GoldenCase golden)
    {
        using var leaks = new LeakCheck();
        using var reference = new ReferenceTensors(golden.TensorsPath);
        using var engine = ImageEngine.Load(GoldenModel.Source(golden), new EngineOptions { Device = "cpu" });
        var request = Request(golden);
        var plan = engine.Plan(request).First with
        {
            Sigmas = golden.Json.TryGetProperty("sigmas", out var sigmas) ? [.. sigmas.EnumerateArray().Select(s => (float)s.GetDouble())] : null,
            Adapters = golden.Text("lora") is { } lora ? [Adapter(engine, golden, lora)] : [],
        };
        var probe = new Comparer(golden, reference, guided: plan.UsesTrueGuidance);
        using var run = engine.Pipeline.Start(plan, probe);
        foreach (var _ in run.Denoise(TestContext.Current.CancellationToken))
        {
        }
        var picture = run.ToImage();

        Assert.Empty(probe.Differences);
        Assert.Equal(probe.Expected.Order(), probe.Seen.Order());
        if (golden.Text("image") is { } image)
            AssertSameBytes(ImageFiles.Read(golden.File(image)), picture, golden.Tolerance("image"));
    }

    private static PlannedAdapter Adapter(ImageEngine engine, GoldenCase golden, string lora)
    {
        string path = Path.Combine(golden.Folder.Root, lora);
        return new PlannedAdapter(path, engine.Model.Adapters.HashOf(path), golden.Number("strength_lora") ?? 1);
    }

    private static ImageRequest Request(GoldenCase golden) => new()
    {
        Prompt = golden.Text("prompt")!,
        Prompt2 = golden.Text("prompt_2"),
        NegativePrompt = golden.Text("negative_prompt"),
        Size = new ImageSize((int)golden.Number("width")!, (int)golden.Number("height")!),
        Steps = (int?)golden.Number("num_inference_steps"),
        Guidance = golden.Number("guidance_scale"),
        TrueGuidance = golden.Text("negative_prompt") is null ? 1 : golden.Number("true_cfg_scale") ?? 1,
        Seed = new Seed(golden.Json.GetProperty("seed").GetInt64()),
        TextLength = (int?)golden.Number("max_sequence_length"),
        Strength = golden.Number("strength"),
        InitImage = golden.Text("input_image") is { } input ? ImageFiles.Read(golden.File(input)) : null,
        Mask = golden.Text("mask") is { } mask ? ImageFiles.Read(golden.File(mask)) : null,
        ControlImage = golden.Text("control_image") is { } control ? ImageFiles.Read(golden.File(control)) : null,
        Sampler = golden.Text("sampler"),
        Parity = Enum.Parse<ParityMode>(golden.Text("parity") ?? "diffusers", ignoreCase: true),
    };

    private static void AssertSameBytes(RasterImage expected, RasterImage actual, double tolerance)
    {
        Assert.Equal(expected.Size, actual.Size);
        Assert.Equal(expected.Channels, actual.Channels);
        int largest = expected.Pixels.Zip(actual.Pixels, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(largest <= tolerance, $"pixels differ by {largest}, allowed {tolerance}");
    }

    /// <summary>Compares every recorded tensor that the reference has.</summary>
    private sealed class Comparer(GoldenCase golden, ReferenceTensors reference, bool guided) : IForwardProbe
    {
        public List<string> Differences { get; } = [];

        public List<string> Seen { get; } = [];

        public IEnumerable<string> Expected => reference.Names;

        public void Record(string name, Tensor value)
        {
            if (!reference.Contains(name))
                return;
            Seen.Add(name);
            using var expected = reference.Get(name);
            using var unpacked = name == "noise" ? Gesso.Diffusion.Latents.PackedLatent.Pack(expected) : expected.alias();
            if (TensorComparison.Difference(name, value, unpacked, Tolerance(name)) is { } difference)
                Differences.Add(difference);
        }

        /// <summary>Inputs, blocks and the first call (both halves of it under guidance) are held closer than what later steps build on them.</summary>
        private double Tolerance(string name)
        {
            bool later = name.StartsWith("latents.", StringComparison.Ordinal) || name == "pixels"
                || (name.StartsWith("call.", StringComparison.Ordinal) && int.Parse(name.Split('.')[1]) > (guided ? 1 : 0));
            return golden.Tolerance(later ? "latents" : "tensor");
        }
    }
}

/// <summary>Where the model of a case is.</summary>
internal static class GoldenModel
{
    public static ModelSource Source(GoldenCase golden)
    {
        string At(string path) => Path.GetFullPath(Path.Combine(golden.Folder.Root, path));
        golden.Json.TryGetProperty("companions", out var companions);
        string? Companion(string name) => companions.ValueKind == JsonValueKind.Object && companions.TryGetProperty(name, out var v) ? At(v.GetString()!) : null;
        return new ModelSource
        {
            Path = At(golden.Text("model")!),
            Axes = golden.Json.TryGetProperty("axes", out var axes) ? [.. axes.EnumerateArray().Select(a => a.GetInt32())] : null,
            Companions = new CompanionFiles
            {
                Clip = Companion("clip"),
                T5 = Companion("t5"),
                AutoEncoder = Companion("autoencoder"),
                Tokenizers = Companion("tokenizers"),
            },
        };
    }
}
