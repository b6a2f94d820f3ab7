using System.Text.Json;
using Gesso.Diffusion.Imaging;
using Gesso.Formats;
using Gesso.Testing;

namespace Gesso.Cli.Tests.Commands;

public sealed class TrainCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainCommandTests()
    {
        Directory.CreateDirectory(Images);
        for (int i = 0; i < 3; i++)
        {
            File.WriteAllBytes(Path.Combine(Images, $"{i}.png"), ImageFiles.EncodePng(Pictures.Noise(64, 64, 3, i)));
            File.WriteAllText(Path.Combine(Images, $"{i}.txt"), $"noise {i}");
        }
    }

    private string Images => _folder.File("pictures");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Four_inputs_make_an_adapter_that_draws()
    {
        string adapter = _folder.File("brand.safetensors");

        var trained = await CliRun.StartAsync("train", "--images", Images, "--trigger", "brnd", "--out", adapter, "--steps", "2", "--rank", "2", "--preview-prompt", "brnd, noise", "--device", "cpu");
        var drawn = await CliRun.StartAsync("generate", "brnd, noise", "--lora", adapter, "--out", _folder.File("drawn.png"), "--steps", "1", "--device", "cpu", "--quiet");

        Assert.True(trained.ExitCode == ExitCodes.Ok, trained.Error);
        Assert.Equal(adapter, trained.Output.Trim());
        using (var file = TensorFiles.Open(adapter))
            Assert.All(file.Tensors.Keys, key => Assert.StartsWith("lora_unet_", key, StringComparison.Ordinal));
        Assert.True(drawn.ExitCode == ExitCodes.Ok, drawn.Error);
        Assert.True(File.Exists(Path.Combine(_folder.File("brand"), "brand-report.html")));
        Assert.Contains("licence: Apache-2.0", trained.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_tells_everything_and_trains_nothing()
    {
        File.WriteAllBytes(Path.Combine(Images, "broken.jpg"), [0xFF, 0xD8, 1, 2]);

        var run = await CliRun.StartAsync("train", "--images", Images, "--trigger", "brnd", "--out", _folder.File("out"), "--dry-run", "--json", "--device", "cpu");

        Assert.True(run.ExitCode == ExitCodes.Ok, run.Error);
        var preflight = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal("preflight", preflight.GetProperty("event").GetString());
        Assert.Equal(3, preflight.GetProperty("trained").GetInt32());
        Assert.Contains(preflight.GetProperty("findings").EnumerateArray(), f => f.GetProperty("files").EnumerateArray().Any(n => n.GetString() == "broken.jpg"));
        Assert.False(Directory.Exists(_folder.File("out")));
    }

    [Fact]
    public async Task Kohyas_command_line_is_understood_with_a_model_of_ones_own()
    {
        var run = await CliRun.StartAsync(
            "train", "accelerate", "launch", "train_network.py", "--pretrained_model_name_or_path=black-forest-labs/FLUX.1-pro", $"--train_data_dir={Images}",
            $"--output_dir={_folder.File("out")}", "--network_module=networks.lora_flux", "--network_dim=4", "--network_alpha=2", "--resolution=128,128", "--max_train_epochs=2",
            "--learning_rate=1e-4", "--save_every_n_epochs=1", "--min_snr_gamma=5", "--model", "gesso-mini", "--dry-run", "--device", "cpu");

        Assert.True(run.ExitCode == ExitCodes.Ok, run.Error);
        Assert.Contains("note: train_network.py trains another family of models", run.Error, StringComparison.Ordinal);
        Assert.Contains("--min_snr_gamma does nothing on FLUX", run.Error, StringComparison.Ordinal);
        Assert.Contains("gesso-mini", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--images", "nowhere", "There is no folder nowhere")]
    [InlineData("--optimizer", "magic", "--optimizer: expected adamw")]
    [InlineData("--size", "big", "--size: expected one number")]
    public async Task What_is_wrong_is_said_in_a_sentence(string option, string value, string message)
    {
        var run = await CliRun.StartAsync(["train", .. option == "--images" ? [] : new[] { "--images", Images }, "--trigger", "t", "--out", _folder.File("out"), option, value]);

        Assert.Equal(ExitCodes.Invalid, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flag_that_kohya_does_not_know_is_named()
    {
        var run = await CliRun.StartAsync("train", "flux_train_network.py", "--train_data_dir", Images, "--learning_rte", "1");

        Assert.Equal(ExitCodes.Invalid, run.ExitCode);
        Assert.Contains("Did you mean --learning_rate?", run.Error, StringComparison.Ordinal);
    }
}
