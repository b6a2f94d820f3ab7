using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Cli.Tests.Commands;

public sealed class VerifyTextTests : IDisposable
{
    private const string Layers = """
        { "canvas": "480x240", "layers": [
          { "id": "title", "text": "Fresh every day", "region": { "box": [30, 30, 420, 80] } },
          { "id": "price", "text": "only 4.50", "size": 30, "region": { "box": [30, 150, 300, 60] } } ] }
        """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Text_is_read_back_with_the_floor_beside_it()
    {
        using var engines = new OcrEngines();
        Assert.SkipWhen(engines.Missing(OcrScript.Latin) is not null, engines.Missing(OcrScript.Latin) ?? "");
        string poster = await PosterAsync();

        var plain = await CliRun.StartAsync("text", "verify", poster, "--ocr");
        var json = await CliRun.StartAsync("text", "verify", poster, "--ocr", "--json");

        Assert.True(plain.ExitCode == 0, plain.Output + plain.Error);
        Assert.Contains("title, read by tesseract", plain.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 lines, 15 of 15 characters; on a plain plate 1 of 1 lines, 15 of 15 characters", plain.Output, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(json.Output);
        Assert.True(report.RootElement.GetProperty("passed").GetBoolean());
        var layer = report.RootElement.GetProperty("ocr")[1];
        Assert.Equal("price", layer.GetProperty("layer").GetString());
        Assert.Equal("only 4.50", layer.GetProperty("scripts")[0].GetProperty("lines")[0].GetProperty("floor").GetProperty("read").GetString());
        Assert.Equal(OcrModels.Default.Missing is null ? 0 : 1, report.RootElement.GetProperty("not_done").GetArrayLength());
        Assert.Empty(report.RootElement.GetProperty("stray").EnumerateArray());
    }

    [Fact]
    public async Task Without_ocr_nothing_is_read()
    {
        var verified = await CliRun.StartAsync("text", "verify", await PosterAsync(), "--json");

        using var report = JsonDocument.Parse(verified.Output);
        Assert.Equal(["passed", "same_pixels", "layers"], report.RootElement.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task Models_that_read_are_added_by_name()
    {
        var elsewhere = await CliRun.StartAsync("fonts", "add", "ocr", "--from", _folder.Path);
        Assert.Equal(ExitCodes.Invalid, elsewhere.ExitCode);
        Assert.Contains(OcrModels.Variable, elsewhere.Error, StringComparison.Ordinal);
        Assert.SkipWhen(OcrModels.Default.Missing is not null, "the models would be fetched");

        var there = await CliRun.StartAsync("fonts", "add", "ocr");

        Assert.True(there.ExitCode == 0, there.Error);
        Assert.Equal(OcrModels.Files.Select(file => file.Name), there.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Path.GetFileName(line.Trim())));
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string> PosterAsync()
    {
        string layers = _folder.File("layers.json"), ground = _folder.File("ground.png"), poster = _folder.File("poster.png");
        await File.WriteAllTextAsync(layers, Layers);
        byte[] pixels = new byte[480 * 240 * 3];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(205 + i / 3 % 480 / 20 + i % 3 * 5);
        AtomicFile.Write(ground, ImageFiles.EncodePng(new RasterImage(480, 240, 3, pixels)));
        var rendered = await CliRun.StartAsync("text", "render", layers, "--on", ground, "--out", poster);
        Assert.True(rendered.ExitCode == 0, rendered.Error);
        return poster;
    }
}
