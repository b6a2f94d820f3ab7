using System.Text.Json;
using Gesso.Formats;
using Gesso.Models.Clip;
using Gesso.Models.Flux;
using Gesso.Models.T5;
using Gesso.Models.Vae;
using Gesso.Testing;
using Gesso.Torch.Weights;

namespace Gesso.Models.Tests;

/// <summary>Sizes found in shapes must be those that config.json tells.</summary>
public sealed class GoldenConfigTests
{
    public static TheoryData<string> Folders => [.. GoldenFolder.All.SelectMany(GoldenModels.Folders)];

    public static TheoryData<GoldenPair> Pairs => [.. GoldenFolder.All.SelectMany(GoldenModels.Pairs)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Transformer_shapes_tell_what_the_config_tells(string folder)
    {
        var expected = Read(folder, "transformer", FluxConfig.FromDiffusers);
        using var file = TensorFiles.Open(GoldenModels.TransformerOf(folder)!);

        Configs.AssertEqual(expected, FluxDetection.Find(file, expected.Axes)!.Config);
    }

    [Theory]
    [MemberData(nameof(Pairs), DisableDiscoveryEnumeration = true)]
    public void A_single_file_tells_what_the_config_of_its_folder_tells(GoldenPair pair)
    {
        var expected = Read(pair.Model, "transformer", FluxConfig.FromDiffusers);
        using var file = TensorFiles.Open(pair.File);

        Configs.AssertEqual(expected, FluxDetection.Find(file, expected.Axes)!.Config);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Encoder_and_autoencoder_shapes_tell_what_the_configs_tell(string folder)
    {
        using var clip = Open(folder, "text_encoder");
        var clipSource = new WeightSource(clip);
        var clipExpected = Read(folder, "text_encoder", ClipConfig.FromTransformers);
        // heads, epsilon and activation are in no shape
        Assert.Equal(clipExpected, ClipConfig.FromTensors(clipSource, ClipWeightMaps.For(clipSource)) with
        {
            Heads = clipExpected.Heads,
            Epsilon = clipExpected.Epsilon,
            QuickGelu = clipExpected.QuickGelu,
        });

        using var t5 = Open(folder, "text_encoder_2");
        var t5Source = new WeightSource(t5);
        var t5Expected = Read(folder, "text_encoder_2", T5Config.FromTransformers);
        Assert.Equal(t5Expected, T5Config.FromTensors(t5Source, T5WeightMaps.For(t5Source)) with { MaxDistance = t5Expected.MaxDistance, Epsilon = t5Expected.Epsilon });

        using var vae = Open(folder, "vae");
        var vaeExpected = Read(folder, "vae", VaeConfig.FromDiffusers);
        var vaeFound = VaeConfig.FromTensors(new WeightSource(vae));
        Assert.Equal(vaeExpected.Channels, vaeFound.Channels);
        Assert.Equal(vaeExpected with { Channels = vaeFound.Channels }, vaeFound with
        {
            NormGroups = vaeExpected.NormGroups,
            ScalingFactor = vaeExpected.ScalingFactor,
            ShiftFactor = vaeExpected.ShiftFactor,
        });
    }

    private static T Read<T>(string folder, string component, Func<JsonElement, T> parse)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, component, "config.json")));
        return parse(json.RootElement);
    }

    private static ITensorFile Open(string folder, string component) => TensorFiles.Open(Directory.GetFiles(Path.Combine(folder, component), "*.safetensors").Single());
}
