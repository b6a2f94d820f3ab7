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

    [Fact]
    public async Task A_folder_as_people_have_them_trains_and_each_oddity_is_told()
    {
        string odd = _folder.File("odd");
        OddPictures.Fill(odd);

        var run = await CliRun.StartAsync([.. TinyRun(odd, "odd-out"), "--steps", "2"]);

        Assert.True(run.ExitCode == ExitCodes.Ok, run.Error);
        Assert.Contains("pictures   5 to train on, 0 to choose by", run.Error, StringComparison.Ordinal);
        foreach (string says in (string[])[
            "Left out: broken.jpg", "8 pictures are copies of another", "1 picture is an animation, of which the first frame is learnt. [moving.webp]",
            "1 picture has printing colours (CMYK)", "1 picture has transparent parts, which are learnt as white. With --alpha-mask they do not count. [clear.png]",
            "No picture has a caption (NAME.txt beside NAME.png): \"brnd\" alone is used."])
        {
            Assert.Contains(says, run.Error, StringComparison.Ordinal);
        }
        using var file = TensorFiles.Open(Path.Combine(_folder.File("odd-out"), "brnd.safetensors"));
        Assert.Contains("\"img_count\":5", file.Metadata["ss_dataset_dirs"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Captions_in_Japanese_are_trained_and_kept_in_the_adapter()
    {
        for (int i = 0; i < 3; i++)
            File.WriteAllText(Path.Combine(Images, $"{i}.txt"), $"赤いりんご, 絵 {i}");

        var run = await CliRun.StartAsync([.. TinyRun(Images, "japanese"), "--steps", "2"]);

        Assert.True(run.ExitCode == ExitCodes.Ok, run.Error);
        Assert.Contains("3 captions lack the trigger", run.Error, StringComparison.Ordinal);
        using var file = TensorFiles.Open(Path.Combine(_folder.File("japanese"), "brnd.safetensors"));
        using var tags = JsonDocument.Parse(file.Metadata["ss_tag_frequency"]);
        Assert.Equal(3, tags.RootElement.EnumerateObject().Single().Value.GetProperty("赤いりんご").GetInt32());
    }

    [Fact]
    public async Task Complaint20_the_device_and_why_it_is_that_one_are_told_beforehand()
    {
        var asked = await CliRun.StartAsync([.. TinyRun(Images, "asked"), "--dry-run"]);
        var chosen = await CliRun.StartAsync([.. TinyRun(Images, "chosen").SkipLast(2), "--dry-run", "--json"]);

        Assert.Contains("device     cpu: as asked for", asked.Error, StringComparison.Ordinal);
        var preflight = JsonDocument.Parse(chosen.Output).RootElement;
        string device = preflight.GetProperty("device").GetString()!, reason = preflight.GetProperty("device_reason").GetString()!;
        Assert.Contains(device == "cpu" ? "GPU" : "this GPU", reason, StringComparison.Ordinal);
        Assert.DoesNotContain("asked", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_resolutions_of_one_folder_are_trained_as_kohyas_file_says()
    {
        File.WriteAllText(_folder.File("data.toml"), $"""
            [[datasets]]
            resolution = 32
              [[datasets.subsets]]
              image_dir = '{Images}'
            [[datasets]]
            resolution = 48
              [[datasets.subsets]]
              image_dir = '{Images}'
            """);

        var run = await CliRun.StartAsync(
            "train", "flux_train_network.py", "--dataset_config", _folder.File("data.toml"), "--output_dir", _folder.File("sizes"), "--max_train_steps", "2", "--model", TinyModelFolder(),
            "--dry-run", "--device", "cpu");

        Assert.True(run.ExitCode == ExitCodes.Ok, run.Error);
        Assert.Contains("pictures   6 to train on, 0 to choose by; 3 at 32x32, 3 at 48x48", run.Error, StringComparison.Ordinal);
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

    private string[] TinyRun(string images, string output) =>
    [
        "train", "--model", TinyModelFolder(), "--images", images, "--trigger", "brnd", "--out", _folder.File(output), "--rank", "2", "--size", "32", "--text-length", "16",
        "--preview-prompt", "brnd --s 1", "--device", "cpu",
    ];

    private string TinyModelFolder()
    {
        string folder = _folder.File("model");
        return Directory.Exists(folder) ? folder : new TinyModel().WriteFolder(folder);
    }

    [Fact]
    public async Task A_flag_that_kohya_does_not_know_is_named()
    {
        var run = await CliRun.StartAsync("train", "flux_train_network.py", "--train_data_dir", Images, "--learning_rte", "1");

        Assert.Equal(ExitCodes.Invalid, run.ExitCode);
        Assert.Contains("Did you mean --learning_rate?", run.Error, StringComparison.Ordinal);
    }
}
