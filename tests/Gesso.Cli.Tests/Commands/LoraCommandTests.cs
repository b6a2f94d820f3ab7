using System.Text.Json;
using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Library;
using Gesso.Formats;
using Gesso.Testing;

namespace Gesso.Cli.Tests.Commands;

/// <summary>Adapters on the command line, with the bundled model.</summary>
public sealed class LoraCommandTests : IDisposable
{
    private const string Layer = "double_blocks.0.img_mlp.0";
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Picture_with_adapters_is_drawn_and_repeated_from_its_recipe()
    {
        string lora = Lora("brand"), bare = _folder.File("bare.png"), first = _folder.File("first.png"), again = _folder.File("again.png"), merged = _folder.File("merged.png");
        string[] request = ["generate", "a fox", "--steps", "2", "--seed", "7", "--quiet"];
        async Task<CliRun> Draw(string path, params string[] options) => await CliRun.StartAsync([.. request, .. options, "--out", path]);

        Assert.Equal(0, (await Draw(bare)).ExitCode);
        Assert.Equal(0, (await Draw(first, "--lora", lora + ":0.8")).ExitCode);
        Assert.Equal(0, (await Draw(merged, "--lora", lora + ":0.8", "--merge-lora")).ExitCode);
        var repeated = await CliRun.StartAsync("generate", "--from", first, "--quiet", "--out", again);

        Assert.True(repeated.ExitCode == 0, repeated.Error);
        Assert.NotEqual(ImageFiles.Read(bare).Pixels, ImageFiles.Read(first).Pixels);
        Assert.Equal(ImageFiles.Read(first).Pixels, ImageFiles.Read(again).Pixels);
        Assert.InRange(ImageFiles.Read(first).Pixels.Zip(ImageFiles.Read(merged).Pixels, (a, b) => Math.Abs(a - b)).Max(), 0, 4);
        File.Delete(lora);
        var lost = await CliRun.StartAsync("generate", "--from", first, "--quiet", "--out", again);
        Assert.Equal(ExitCodes.Invalid, lost.ExitCode);
        Assert.Contains("brand", lost.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adapter_for_another_model_is_refused_in_words()
    {
        string sdxl = Pair(new FileContent(), "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k", 2048, 640).WriteSafetensors(_folder.File("sdxl.safetensors"));

        var run = await CliRun.StartAsync("generate", "a fox", "--steps", "1", "--lora", sdxl, "--quiet", "--out", _folder.File("x.png"));

        Assert.Equal(ExitCodes.Invalid, run.ExitCode);
        Assert.Contains("is an adapter for Stable Diffusion XL, not for FLUX.1", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("x.png")));
    }

    [Fact]
    public async Task Inspect_tells_dialect_kind_rank_and_fit()
    {
        var text = await CliRun.StartAsync("lora", "inspect", Lora("brand"));
        var json = await CliRun.StartAsync("lora", "inspect", Lora("brand"), "--json");

        Assert.Equal(0, text.ExitCode);
        Assert.Contains("1 LoRA (ComfyUI, ai-toolkit names); rank 2, scale 1", text.Output, StringComparison.Ordinal);
        Assert.Contains("fits gesso-mini: 1 in the transformer", text.Output, StringComparison.Ordinal);
        Assert.Equal("2", JsonDocument.Parse(json.Output).RootElement.GetProperty("ranks").GetString());
        var none = await CliRun.StartAsync("lora", "inspect", Pair(new FileContent(), "unet.mid_block.x", 8, 8).WriteSafetensors(_folder.File("sd.safetensors")));
        Assert.Equal(0, none.ExitCode);
        Assert.Contains("does not fit: ", none.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_resize_merge_and_extract_write_files_that_do_what_they_say()
    {
        string lora = Lora("brand"), kohya = _folder.File("kohya.safetensors"), small = _folder.File("small.safetensors"), merged = _folder.File("merged.safetensors"), extracted = _folder.File("extracted.safetensors");
        async Task Ran(params string[] arguments)
        {
            var run = await CliRun.StartAsync(["lora", .. arguments]);
            Assert.True(run.ExitCode == 0, run.Error);
            Assert.Equal(arguments[^1], run.Output.Trim());
        }

        await Ran("convert", lora, "--to", "kohya", "--type", "f32", "--out", kohya);
        await Ran("resize", kohya, "--rank", "1", "--out", small);
        await Ran("merge", lora + ":0.5", "--model", "gesso-mini", "--out", merged);
        string mini = ModelLibrary.Default.Resolve(null, new CompanionFiles()).Path;
        string tuned = _folder.File("tuned");
        foreach (string file in Directory.EnumerateFiles(mini, "*", SearchOption.AllDirectories).Where(f => !f.Contains("golden", StringComparison.Ordinal)))
        {
            string copy = Path.Combine(tuned, Path.GetRelativePath(mini, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file.Contains($"{Path.DirectorySeparatorChar}transformer{Path.DirectorySeparatorChar}", StringComparison.Ordinal) && file.EndsWith(".safetensors", StringComparison.Ordinal) ? merged : file, copy);
        }
        await Ran("extract", tuned, "--base", "gesso-mini", "--rank", "2", "--out", extracted);

        using var file1 = LoraFile.Open(kohya);
        Assert.Equal((LoraDialect.Kohya, 1), (file1.Dialect, file1.Modules.Count));
        using var file2 = LoraFile.Open(small);
        Assert.Equal(1, Assert.Single(file2.Modules).Rank);
        using var file3 = LoraFile.Open(extracted);
        Assert.Equal("lora_unet_double_blocks_0_img_mlp_0", Assert.Single(file3.Modules).Name);
        var bad = await CliRun.StartAsync("lora", "resize", kohya, "--rank", "1", "--sv-ratio", "2", "--sv-fro", "0.5", "--out", small);
        Assert.Equal(ExitCodes.Invalid, bad.ExitCode);
        var nowhere = await CliRun.StartAsync("lora", "convert", lora, "--out", _folder.File(Path.Combine("none", "x.safetensors")));
        Assert.NotEqual(0, nowhere.ExitCode);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A LoRA of the bundled model; widths are read from the model itself.</summary>
    private string Lora(string name)
    {
        string mini = ModelLibrary.Default.Resolve(null, new CompanionFiles()).Path;
        using var opened = TinyModel.Open(mini);
        var shape = opened.Model.Transformer.Shape.Linears[Layer];
        return Pair(new FileContent(), "diffusion_model." + Layer, shape.Inputs, shape.Outputs).WriteSafetensors(_folder.File(name + ".safetensors"));
    }

    private static FileContent Pair(FileContent content, string layer, long inputs, long outputs) => content
        .Add(layer + ".lora_A.weight", StorageType.F32, [2, inputs], RandomValues.Normal(1, 2 * inputs, 0.1))
        .Add(layer + ".lora_B.weight", StorageType.F32, [outputs, 2], RandomValues.Normal(2, 2 * outputs, 0.1));
}
