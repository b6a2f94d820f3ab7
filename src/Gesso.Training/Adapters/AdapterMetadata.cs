using System.Globalization;
using System.Text.Json;
using Gesso.Diffusion.Pipelines;
using Gesso.Training.Datasets;

namespace Gesso.Training.Adapters;

/// <summary>
/// What an adapter file says about itself, in the words that other programs look for: <c>ss_*</c> (kohya; Forge, ComfyUI and Civitai show them) and
/// <c>modelspec.*</c> 1.0.1 with the trigger phrase.
/// </summary>
public static class AdapterMetadata
{
    private const string Implementation = "https://github.com/black-forest-labs/flux";

    /// <param name="plan">Of the run.</param>
    /// <param name="data">Its pictures.</param>
    /// <param name="model">What was trained.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="started">When this session began.</param>
    /// <param name="finished">Now.</param>
    /// <param name="network">The branches.</param>
    public static IReadOnlyDictionary<string, string> Of(
        TrainingPlan plan, TrainingData data, FluxModel model, int step, DateTimeOffset started, DateTimeOffset finished, LoraNetwork network)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(network);
        var own = data.Trained.Where(p => p.Picture.Folder.IsGiven).ToList();
        string resolution = plan.Buckets.Resolution.ToString();
        string architecture = model.TransformerConfig.GuidanceEmbed ? "flux-1-dev/lora" : "flux-1-schnell/lora";
        Dictionary<string, string> all = new()
        {
            ["ss_v2"] = "False",
            ["ss_base_model_version"] = "flux1",
            ["ss_network_module"] = "networks.lora_flux",
            ["ss_network_dim"] = Text(plan.Modules.Rank),
            ["ss_network_alpha"] = Text(plan.AlphaOrRank),
            ["ss_network_args"] = NetworkArguments(plan.Modules),
            ["ss_output_name"] = plan.Name,
            ["ss_learning_rate"] = Text(plan.Rate.Peak),
            ["ss_unet_lr"] = Text(plan.Rate.Peak),
            ["ss_optimizer"] = plan.Optimizer.Kind.ToString(),
            ["ss_lr_scheduler"] = plan.Rate.Schedule.ToString(),
            ["ss_num_train_images"] = Text(own.Sum(p => p.Picture.Folder.Repeats)),
            ["ss_num_reg_images"] = Text(data.Trained.Count(p => p.Picture.Folder.Regularisation)),
            ["ss_num_validation_images"] = Text(data.HeldOut.Count),
            ["ss_num_epochs"] = Text((int)Math.Ceiling(plan.Steps / data.StepsPerEpoch)),
            ["ss_epoch"] = Text((int)(step / data.StepsPerEpoch)),
            ["ss_steps"] = Text(step),
            ["ss_max_train_steps"] = Text(plan.Steps),
            ["ss_batch_size_per_device"] = Text(plan.BatchSize),
            ["ss_gradient_accumulation_steps"] = Text(plan.Accumulation),
            ["ss_resolution"] = $"({plan.Buckets.Resolution.Width}, {plan.Buckets.Resolution.Height})",
            ["ss_bucket_info"] = Buckets(data),
            ["ss_tag_frequency"] = TagFrequency(own.Select(p => p.Picture)),
            ["ss_dataset_dirs"] = JsonSerializer.Serialize(plan.Pictures.ToDictionary(
                f => f.Path, f => new { n_repeats = f.Repeats, img_count = data.Trained.Count(p => p.Picture.Folder == f) })),
            ["ss_sd_model_hash"] = model.Fingerprint,
            ["ss_seed"] = plan.Seed.ToString(),
            ["ss_mixed_precision"] = model.Target.IsCpu ? "no" : "bf16",
            ["ss_timestep_sampling"] = plan.Levels.Sampling.ToString(),
            ["ss_sigmoid_scale"] = Text(plan.Levels.SigmoidScale),
            ["ss_discrete_flow_shift"] = Text(plan.Levels.ShiftFactor),
            ["ss_model_prediction_type"] = "raw",
            ["ss_guidance_scale"] = Text(plan.Guidance),
            ["ss_loss_type"] = plan.Loss.Kind.ToString(),
            ["ss_training_started_at"] = Seconds(started),
            ["ss_training_finished_at"] = Seconds(finished),
            ["modelspec.sai_model_spec"] = "1.0.1",
            ["modelspec.architecture"] = architecture,
            ["modelspec.implementation"] = Implementation,
            ["modelspec.title"] = plan.Name,
            ["modelspec.resolution"] = resolution,
            ["modelspec.date"] = finished.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture),
        };
        if (plan.Captions.Trigger is { Length: > 0 } trigger)
        {
            all["modelspec.trigger_phrase"] = trigger;
            all["modelspec.usage_hint"] = $"Put \"{trigger}\" into the prompt.";
        }
        return all;
    }

    private static string NetworkArguments(ModuleSelection modules)
    {
        Dictionary<string, string> arguments = [];
        if (modules.Blocks != TrainedBlocks.All)
            arguments["train_blocks"] = modules.Blocks.ToString().ToLowerInvariant();
        void Add(string name, IEnumerable<int>? indices)
        {
            if (indices is not null)
                arguments[name] = string.Join(',', indices.Order());
        }
        Add("train_double_block_indices", modules.DoubleBlocks);
        Add("train_single_block_indices", modules.SingleBlocks);
        (string, int?)[] ranks =
        [
            ("img_attn_dim", modules.ImageAttention), ("txt_attn_dim", modules.TextAttention), ("img_mlp_dim", modules.ImageMlp), ("txt_mlp_dim", modules.TextMlp),
            ("img_mod_dim", modules.ImageModulation), ("txt_mod_dim", modules.TextModulation), ("single_dim", modules.Single), ("single_mod_dim", modules.SingleModulation),
        ];
        foreach (var (name, rank) in ranks)
        {
            if (rank is { } r)
                arguments[name] = Text(r);
        }
        if (modules.Inputs is { } inputs)
            arguments["in_dims"] = $"[{string.Join(',', inputs)}]";
        return JsonSerializer.Serialize(arguments);
    }

    private static string Buckets(TrainingData data) => JsonSerializer.Serialize(new
    {
        buckets = data.Trained.GroupBy(p => p.Fit.Bucket).OrderBy(g => g.Key.Width).ThenBy(g => g.Key.Height)
            .Select((g, i) => (i, g)).ToDictionary(b => Text(b.i), b => new { resolution = new[] { b.g.Key.Width, b.g.Key.Height }, count = b.g.Count() }),
    });

    /// <summary>Folder → tag → how many captions have it, as kohya's readers expect.</summary>
    private static string TagFrequency(IEnumerable<TrainingPicture> pictures) => JsonSerializer.Serialize(pictures
        .GroupBy(p => $"{p.Folder.Repeats}_{Path.GetFileName(p.Folder.Path)}")
        .ToDictionary(g => g.Key, g => g
            .SelectMany(p => p.Caption.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .GroupBy(t => t, StringComparer.Ordinal)
            .ToDictionary(t => t.Key, t => t.Count())));

    private static string Seconds(DateTimeOffset time) => (time.ToUnixTimeMilliseconds() / 1000.0).ToString(CultureInfo.InvariantCulture);

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
