using Gesso.Diffusion.Imaging;
using Gesso.Testing;

namespace Gesso.Cli.Tests.Commands;

/// <summary>Reference pictures drawn by the program itself, from its command line to the file on the disk.</summary>
public sealed class GenerateGoldenTests
{
    /// <summary>Text-to-image, image-to-image and inpainting of every golden folder; noise levels of one's own have no option.</summary>
    public static TheoryData<GoldenCase> Cases
    {
        get
        {
            var data = new TheoryData<GoldenCase>();
            foreach (var golden in GoldenFolder.All.SelectMany(f => f.Cases).Where(c => c is { Kind: "pipeline", Area: "flux1" } && c.Text("image") is not null))
                data.Add(new TheoryDataRow<GoldenCase>(golden) { TestDisplayName = golden.ToString() });
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Picture_from_the_command_line_equals_the_reference(GoldenCase golden)
    {
        using var folder = new TemporaryFolder();
        string target = folder.File("picture.png");
        var run = await CliRun.StartAsync([.. Arguments(golden), "--out", target]);
        Assert.Equal((0, target), (run.ExitCode, run.Output.Trim()));

        var expected = ImageFiles.Read(golden.File(golden.Text("image")!));
        var actual = ImageFiles.Read(target);
        Assert.Equal(expected.Size, actual.Size);
        int largest = expected.Pixels.Zip(actual.Pixels, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(largest <= golden.Tolerance("image"), $"pixels differ by {largest}");
    }

    private static List<string> Arguments(GoldenCase golden)
    {
        string At(string path) => Path.GetFullPath(Path.Combine(golden.Folder.Root, path));
        // what the network draws is compared: words in quotation marks are its business here
        List<string> arguments = ["generate", golden.Text("prompt")!, "--no-text", "--quiet", "--device", "cpu", "--model", At(golden.Text("model")!)];
        void Add(string option, object? value)
        {
            if (value is not null)
                arguments.AddRange([option, FormattableString.Invariant($"{value}")]);
        }

        Add("--size", $"{golden.Number("width")}x{golden.Number("height")}");
        Add("--seed", golden.Json.GetProperty("seed").GetInt64());
        Add("--steps", golden.Number("num_inference_steps"));
        Add("--guidance", golden.Number("guidance_scale"));
        Add("--cfg", golden.Text("negative_prompt") is null ? 1 : golden.Number("true_cfg_scale"));
        Add("--negative", golden.Text("negative_prompt"));
        Add("--prompt-2", golden.Text("prompt_2"));
        Add("--text-length", golden.Number("max_sequence_length"));
        Add("--strength", golden.Number("strength"));
        Add("--init-image", golden.Text("input_image") is { } input ? golden.File(input) : null);
        Add("--mask", golden.Text("mask") is { } mask ? golden.File(mask) : null);
        Add("--parity", golden.Text("parity"));
        if (golden.Json.TryGetProperty("axes", out var axes))
            Add("--axes", string.Join(',', axes.EnumerateArray()));
        if (golden.Json.TryGetProperty("companions", out var companions))
        {
            foreach (var companion in companions.EnumerateObject())
                Add("--" + companion.Name, At(companion.Value.GetString()!));
        }
        return arguments;
    }
}
