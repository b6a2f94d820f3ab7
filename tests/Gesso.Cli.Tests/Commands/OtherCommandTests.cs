using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Testing;

namespace Gesso.Cli.Tests.Commands;

public sealed class OtherCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("serve --workers many", ExitCodes.Usage, "gesso: --workers: expected a whole number, got \"many\".")]
    [InlineData("keys create ci --role king", ExitCodes.Usage, "gesso: --role: expected ")]
    [InlineData("worker --device gpu", ExitCodes.Invalid, "expected auto, cpu, cuda or cuda:N, got \"gpu\"")]
    public async Task Value_of_the_wrong_kind_is_told_in_words(string arguments, int code, string message)
    {
        var run = await CliRun.StartAsync(arguments.Split(' '));

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recipe_repeats_a_picture_byte_for_byte()
    {
        string first = _folder.File("first.png"), again = _folder.File("again.png"), other = _folder.File("other.png");
        Assert.Equal(0, (await CliRun.StartAsync("generate", "a fox, with \"quotes\": commas", "--steps", "3", "--cfg", "2.5", "--seed", "77", "--quiet", "--out", first)).ExitCode);
        Assert.Equal(0, (await CliRun.StartAsync("generate", "--from", first, "--quiet", "--out", again)).ExitCode);
        Assert.Equal(0, (await CliRun.StartAsync("generate", "--from", first, "--seed", "78", "--quiet", "--out", other)).ExitCode);
        Assert.Equal(Bytes(first), Bytes(again));
        Assert.NotEqual(Bytes(first), Bytes(other));
    }

    [Fact]
    public async Task Recipe_with_an_initial_picture_asks_for_it_and_then_repeats()
    {
        string start = _folder.File("start.png"), first = _folder.File("first.png"), again = _folder.File("again.png");
        await File.WriteAllBytesAsync(start, ImageFiles.EncodePng(new RasterImage(48, 32, 3, new byte[48 * 32 * 3])), TestContext.Current.CancellationToken);
        Assert.Equal(0, (await CliRun.StartAsync("generate", "a fox", "--init-image", start, "--steps", "4", "--quiet", "--out", first)).ExitCode);
        var asks = await CliRun.StartAsync("generate", "--from", first, "--quiet", "--out", again);
        Assert.Equal(ExitCodes.Invalid, asks.ExitCode);
        Assert.Contains("--init-image", asks.Error);
        Assert.Equal(0, (await CliRun.StartAsync("generate", "--from", first, "--init-image", start, "--quiet", "--out", again)).ExitCode);
        Assert.Equal(Bytes(first), Bytes(again));
    }

    [Fact]
    public async Task Several_pictures_are_those_of_the_following_seeds()
    {
        string several = _folder.File("p.png"), second = _folder.File("second.png");
        var run = await CliRun.StartAsync("generate", "an owl", "--steps", "2", "--seed", "5", "--count", "2", "--quiet", "--out", several);
        Assert.Equal([_folder.File("p-1.png"), _folder.File("p-2.png")], run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await CliRun.StartAsync("generate", "an owl", "--steps", "2", "--seed", "6", "--quiet", "--out", second);
        Assert.Equal(ImageFiles.Read(second).Pixels, ImageFiles.Read(_folder.File("p-2.png")).Pixels);
    }

    [Fact]
    public async Task Doctor_is_well_where_tests_run_and_speaks_json()
    {
        var words = await CliRun.StartAsync("doctor");
        Assert.Equal(ExitCodes.Ok, words.ExitCode);
        Assert.Contains("libtorch", words.Output);
        Assert.Contains("self-test", words.Output);
        var json = await CliRun.StartAsync("doctor", "--json");
        using var report = JsonDocument.Parse(json.Output);
        Assert.True(report.RootElement.GetProperty("healthy").GetBoolean());
        Assert.True(report.RootElement.GetProperty("machine").GetProperty("memory").GetProperty("total_bytes").GetInt64() > 0);
    }

    [Fact]
    public async Task Inspect_models_and_pull_list_speak()
    {
        var inspect = await CliRun.StartAsync("inspect", "gesso-mini", "--json");
        using var report = JsonDocument.Parse(inspect.Output);
        Assert.True(report.RootElement.GetProperty("runs").GetBoolean());
        Assert.Contains("gesso-mini", (await CliRun.StartAsync("models")).Output);
        Assert.Contains("flux-schnell", (await CliRun.StartAsync("pull", "--list")).Output);
        string file = Directory.EnumerateFiles(Path.Combine(GoldenFolder.Checkout, "models"), "*.safetensors", SearchOption.AllDirectories).First();
        var tensors = await CliRun.StartAsync("inspect", file, "--tensors");
        Assert.NotEmpty(tensors.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(ExitCodes.Invalid, (await CliRun.StartAsync("inspect", _folder.File("missing"))).ExitCode);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Bytes(string path) => File.ReadAllBytes(path);
}
