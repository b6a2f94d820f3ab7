using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Testing;
using Gesso.Training.Adapters;
using Gesso.Training.Kohya;
using Gesso.Training.Losses;
using Gesso.Training.Optimizers;

namespace Gesso.Training.Tests.Kohya;

public sealed class KohyaImportTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public KohyaImportTests()
    {
        for (int i = 0; i < 3; i++)
            _folder.Add($"{i}.png", ImageFiles.EncodePng(Pictures.Noise(20, 20, 3, i)));
    }

    private string Images => _folder.Path;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_articles_command_runs_as_printed()
    {
        var import = Read(
            "accelerate", "launch", "train_network.py", "--pretrained_model_name_or_path=black-forest-labs/FLUX.1-pro", $"--train_data_dir={Images}", "--output_dir=./brand_lora",
            "--network_module=networks.lora_flux", "--network_dim=16", "--network_alpha=8", "--resolution=1024,1024", "--train_batch_size=1", "--max_train_epochs=10",
            "--learning_rate=1e-4", "--save_every_n_epochs=2");

        Assert.Equal("black-forest-labs/FLUX.1-dev", import.Model);
        var order = import.Order;
        Assert.Equal((16, 8.0, new ImageSize(1024, 1024), 1, 10.0, 1e-4, 2, true, "./brand_lora"),
            (order.Rank, order.Alpha, order.Resolution, order.BatchSize, order.Epochs, order.LearningRate, order.SaveEvery, order.SavesByEpoch, order.OutputFolder));
        Assert.Equal(Images, Assert.Single(order.Pictures).Path);
        Assert.Contains(import.Notes, n => n.Contains("train_network.py trains another family", StringComparison.Ordinal));
        Assert.Contains(import.Notes, n => n.Contains("FLUX.1-pro cannot be had", StringComparison.Ordinal));
        Assert.Contains(import.Notes, n => n.Contains("no pictures directly in", StringComparison.Ordinal));
        Assert.Contains(import.Notes, n => n.Contains(".caption files", StringComparison.Ordinal));
        Assert.Contains(import.Notes, n => n.Contains("--enable_bucket", StringComparison.Ordinal));
        Assert.Contains(import.Notes, n => n.Contains("--timestep_sampling", StringComparison.Ordinal));
    }

    [Fact]
    public void A_correct_command_is_taken_without_corrections()
    {
        var import = Read(
            "accelerate", "launch", "--num_cpu_threads_per_process", "1", "--mixed_precision", "bf16", "flux_train_network.py", "--pretrained_model_name_or_path", "flux1-dev.safetensors",
            "--clip_l", "clip_l.safetensors", "--t5xxl", "t5.safetensors", "--ae", "ae.safetensors", "--train_data_dir", Images, "--caption_extension", ".txt", "--resolution", "512",
            "--enable_bucket", "--network_module", "networks.lora_flux", "--network_dim", "4", "--network_alpha", "4", "--network_train_unet_only", "--learning_rate", "1e-4",
            "--optimizer_type", "AdamW", "--lr_scheduler", "constant", "--max_train_steps", "100", "--timestep_sampling", "shift", "--discrete_flow_shift", "3.1582",
            "--model_prediction_type", "raw", "--guidance_scale", "1.0", "--seed", "7", "--output_name", "brand");

        Assert.Equal(("flux1-dev.safetensors", "clip_l.safetensors", "t5.safetensors", "ae.safetensors"), (import.Model, import.Clip, import.T5, import.AutoEncoder));
        Assert.Equal((TimestepSampling.Shift, 3.1582), (import.Order.Levels!.Sampling, import.Order.Levels.ShiftFactor));
        Assert.Equal((100, "brand", 7L, RateSchedule.Constant, 1.0), (import.Order.Steps, import.Order.Name, import.Order.Seed, import.Order.Schedule, import.Order.Guidance));
        Assert.Equal(".txt", import.Order.Pictures[0].CaptionExtension);
        // what is left to say is that the folder would be empty for kohya, and what needs no flag
        Assert.All(import.Notes, n => Assert.True(n.Contains("no pictures directly in", StringComparison.Ordinal) || n.Contains("not needed", StringComparison.Ordinal), n));
    }

    [Fact]
    public void Placebo_flags_are_named()
    {
        var import = Read("flux_train_network.py", "--train_data_dir", Images, "--min_snr_gamma=7", "--noise_offset=0.05", "--xformers", "--clip_skip", "2");

        Assert.Contains(import.Notes, n => n.Contains("--min_snr_gamma, --noise_offset do nothing on FLUX", StringComparison.Ordinal));
        Assert.Contains(import.Notes, n => n.StartsWith("--xformers does nothing on FLUX", StringComparison.Ordinal));
        Assert.Contains(import.Notes, n => n.StartsWith("--clip_skip does nothing on FLUX", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_alpha_or_rate_is_not_kohyas_default_that_trains_nothing()
    {
        var import = Read("flux_train_network.py", "--train_data_dir", Images);

        Assert.Null(import.Order.Alpha);
        Assert.Null(import.Order.LearningRate);
        Assert.Contains(import.Notes, n => n.Contains("alpha = rank is used", StringComparison.Ordinal));
        Assert.Contains(import.Notes, n => n.Contains("2e-6", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--network_module=lycoris.kohya", "low-rank")]
    [InlineData("--scale_weight_norms=1", "--scale_weight_norms")]
    [InlineData("--random_crop", "--random_crop")]
    [InlineData("--network_args=train_t5xxl=True", "train_t5xxl")]
    [InlineData("--optimizer_type=DAdaptation", "DAdaptation")]
    [InlineData("--lr_scheduler=magic", "magic")]
    public void What_would_train_something_else_is_refused(string flag, string named)
    {
        var error = Assert.Throws<GessoException>(() => Read("flux_train_network.py", "--train_data_dir", Images, flag));

        Assert.Equal("not_supported", error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--learning_rte=1", "unknown_flag", "--learning_rate")]
    [InlineData("--learning_rate=fast", "bad_value", "fast")]
    [InlineData("--network_dim=1.5", "bad_value", "1.5")]
    [InlineData("--resolution=a,b", "bad_value", "a")]
    [InlineData("--timestep_sampling=best", "bad_value", "best")]
    [InlineData("--learning_rate", "no_value", "--learning_rate")]
    public void A_bad_flag_is_named(string flag, string code, string named)
    {
        var error = Assert.Throws<GessoException>(() => Read("flux_train_network.py", "--train_data_dir", Images, flag));

        Assert.Equal(code, error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Network_arguments_choose_layers()
    {
        var modules = Read("flux_train_network.py", "--train_data_dir", Images, "--network_args", "train_blocks=single", "train_single_block_indices=0,2-4", "single_mod_dim=0", "rank_dropout=0.1")
            .Order;

        Assert.Equal(TrainedBlocks.Single, modules.Modules!.Blocks);
        Assert.Equal([0, 2, 3, 4], modules.Modules.SingleBlocks!.Order());
        Assert.Equal(0, modules.Modules.SingleModulation);
        Assert.Equal(0.1, modules.Dropout.Rank);
    }

    [Fact]
    public void Eight_bit_adam_becomes_the_full_one_and_says_so()
    {
        var import = Read("flux_train_network.py", "--train_data_dir", Images, "--optimizer_type", "AdamW8bit", "--optimizer_args", "weight_decay=0.05", "betas=0.8,0.9");

        Assert.Equal((OptimizerKind.AdamW, 0.05, 0.8, 0.9), (import.Order.Optimizer!.Kind, import.Order.Optimizer.WeightDecay, import.Order.Optimizer.Beta1, import.Order.Optimizer.Beta2));
        Assert.Contains(import.Notes, n => n.StartsWith("AdamW8bit", StringComparison.Ordinal));
    }

    [Fact]
    public void A_configuration_file_stands_below_the_command_line()
    {
        using var files = new TestFolder();
        files.Add("run.toml", System.Text.Encoding.UTF8.GetBytes($"[model]\npretrained_model_name_or_path = 'a'\n[training]\ntrain_data_dir = '{Images}'\nlearning_rate = 1e-3\nnetwork_dim = 8\nenable_bucket = true\nshuffle_caption = false\n"));

        var import = Read("flux_train_network.py", "--config_file", files.At("run"), "--learning_rate", "2e-3");

        Assert.Equal(("a", 2e-3, 8, true, false), (import.Model, import.Order.LearningRate, import.Order.Rank, import.Order.Buckets, import.Order.ShuffleTags));
    }

    [Fact]
    public void A_dataset_file_gives_folders_and_lower_levels_win()
    {
        using var files = new TestFolder();
        files.Add("data.toml", System.Text.Encoding.UTF8.GetBytes($"""
            [general]
            caption_extension = '.caption'
            keep_tokens = 2
            [[datasets]]
            resolution = [512, 768]
            batch_size = 2
            enable_bucket = true
              [[datasets.subsets]]
              image_dir = '{Images}'
              num_repeats = 10
              caption_extension = '.txt'
              flip_aug = true
              [[datasets.subsets]]
              image_dir = '{Images}'
              is_reg = true
              class_tokens = 'a thing'
            """));

        var order = Read("flux_train_network.py", "--dataset_config", files.At("data.toml"), "--train_batch_size", "1").Order;

        Assert.Equal([10, 1], order.Pictures.Select(p => p.Repeats));
        Assert.Equal([".txt", ".caption"], order.Pictures.Select(p => p.CaptionExtension));
        Assert.Equal([true, false], order.Pictures.Select(p => p.Flip));
        Assert.Equal([false, true], order.Pictures.Select(p => p.Regularisation));
        Assert.Equal((new ImageSize(512, 768), 2, 2), (order.Resolution, order.BatchSize, order.KeepTags));
    }

    [Fact]
    public void A_file_that_is_no_toml_says_where()
    {
        using var files = new TestFolder();
        files.Add("data.toml", "[[datasets]\n"u8);

        var error = Assert.Throws<GessoException>(() => Read("flux_train_network.py", "--dataset_config", files.At("data.toml")));

        Assert.Equal("toml_unreadable", error.Code);
        Assert.Contains("(1,", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gessos_own_options_may_stand_among_kohyas()
    {
        var arguments = KohyaArguments.Parse(["train_network.py", "--train_data_dir", Images, "--model", "mini", "--dry-run"]);

        Assert.Equal(["--model", "mini", "--dry-run"], arguments.Others);
        Assert.True(KohyaArguments.Matches(["--train_data_dir", "x"]));
        Assert.False(KohyaArguments.Matches(["--images", "x", "--out", "y"]));
    }

    private static KohyaImport Read(params string[] words) => KohyaImport.Read(KohyaArguments.Parse(words));
}
