using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine.Library;
using Gesso.Formats;
using Gesso.Models.Flux;
using Gesso.Testing;

namespace Gesso.Engine.Tests.Library;

/// <summary>Files of golden folders: single files must draw what the folder of the same weights draws, and adapters are no models.</summary>
public sealed class GoldenModelTests
{
    public static TheoryData<GoldenFolder> Roots => [.. GoldenFolder.All];

    [Theory]
    [MemberData(nameof(Roots), DisableDiscoveryEnumeration = true)]
    public void All_in_one_files_draw_what_their_folders_draw(GoldenFolder root)
    {
        var pairs = GoldenModels.Pairs(root).Where(p => Supported(p) && p.IsAllInOne).ToList();
        Assert.SkipWhen(pairs.Count == 0, $"{root.Label} has no all-in-one file with a folder of the same weights");
        using var leaks = new LeakCheck();

        foreach (var pair in pairs)
            Assert.Equal(Draw(new ModelSource { Path = pair.Model }), Draw(pair.Source));
    }

    [Theory]
    [MemberData(nameof(Roots), DisableDiscoveryEnumeration = true)]
    public void Files_in_other_types_draw_with_the_companions_of_their_folder(GoldenFolder root)
    {
        var pairs = GoldenModels.Pairs(root).Where(p => Supported(p) && !p.IsAllInOne).ToList();
        Assert.SkipWhen(pairs.Count == 0, $"{root.Label} has no transformer file with a folder of the same weights");
        using var leaks = new LeakCheck();

        foreach (var pair in pairs)
        {
            byte[] expected = Draw(new ModelSource { Path = pair.Model }), picture = Draw(pair.Source);
            if (IsPlain(pair.File))
                Assert.Equal(expected, picture);
            // quantised weights are other weights: same picture, other details
            Assert.True(expected.Zip(picture, (a, b) => Math.Abs(a - b)).Average() < 40, pair.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Roots), DisableDiscoveryEnumeration = true)]
    public void Adapters_are_refused_as_models(GoldenFolder root)
    {
        string folder = Path.Combine(root.Root, "lora");
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.safetensors", SearchOption.AllDirectories) : [];
        Assert.SkipWhen(files.Length == 0, $"{root.Label} has no adapters");
        using var leaks = new LeakCheck();

        foreach (string file in files)
        {
            var error = Assert.ThrowsAny<GessoException>(() => TinyModel.Open(file));
            bool asAdapter = error.Code == "unsupported_model" && error.Message.Contains("an adapter", StringComparison.Ordinal);
            Assert.True(asAdapter, $"{file}: {error.Code} {error.Message}");
        }
    }

    private static bool Supported(GoldenPair pair)
    {
        using var file = TensorFiles.Open(pair.File);
        return FluxDetection.Find(file, pair.Axes)!.Variant.Unsupported is null
            && Config(pair.Model, "model_index.json").GetProperty("_class_name").GetString() == "FluxPipeline";
    }

    private static bool IsPlain(string path)
    {
        using var file = TensorFiles.Open(path);
        return file.Tensors.Values.All(t => t.Type is StorageType.F32 or StorageType.BF16 or StorageType.F16);
    }

    private static byte[] Draw(ModelSource source)
    {
        using var engine = TinyEngine.Load(source);
        int side = 2 * engine.Card.PixelStep;
        var request = new ImageRequest { Prompt = "a red box", Size = new ImageSize(side, side), Seed = new Seed(3), TextLength = 16 };
        // levels of our own: a single file does not carry the schedule of its folder
        var plan = engine.Plan(request).First with { Sigmas = [1, 0.6f, 0] };
        using var run = engine.Pipeline.Start(plan);
        Assert.Equal(2, run.Denoise(TestContext.Current.CancellationToken).Count());
        return run.ToImage().Pixels;
    }

    private static JsonElement Config(string model, string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(model, file)));
        return json.RootElement.Clone();
    }
}
