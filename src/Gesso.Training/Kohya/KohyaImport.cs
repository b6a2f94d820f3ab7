using System.Globalization;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Training.Adapters;
using Gesso.Training.Datasets;
using Gesso.Training.Losses;
using Gesso.Training.Optimizers;
using Gesso.Training.Planning;

namespace Gesso.Training.Kohya;

/// <summary>A command line of kohya's trainer as an order of Gesso's, and everything that was changed on the way.</summary>
/// <param name="Order">What to train.</param>
/// <param name="Model">As it was named.</param>
/// <param name="Clip">A CLIP file, or null.</param>
/// <param name="T5">A T5 file, or null.</param>
/// <param name="AutoEncoder">An autoencoder file, or null.</param>
/// <param name="Notes">Sentences: what was changed, and which flags do nothing.</param>
public sealed record KohyaImport(TrainingOrder Order, string? Model, string? Clip, string? T5, string? AutoEncoder, IReadOnlyList<string> Notes)
{
    private const string Script = "flux_train_network.py";
    private const string Module = "networks.lora_flux";

    /// <summary>Reads a command line with the files it names. What would train something else than was asked for is refused.</summary>
    /// <exception cref="GessoException"><c>not_supported</c>, <c>bad_value</c>, <c>unknown_flag</c>, <c>no_pictures</c>, <c>toml_unreadable</c>.</exception>
    public static KohyaImport Read(KohyaArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        List<string> notes = [];
        if (arguments.Text("config_file") is { } config)
            arguments = arguments.Over(KohyaToml.Flags(config.EndsWith(".toml", StringComparison.OrdinalIgnoreCase) ? config : config + ".toml"));
        IReadOnlyList<PictureFolder>? folders = null;
        if (arguments.Text("dataset_config") is { } dataset)
        {
            folders = KohyaToml.Folders(dataset, out var settings);
            // a dataset configuration is stronger than the command line, as kohya has it
            arguments = arguments.Under(settings);
            if (arguments.Has("train_data_dir"))
                notes.Add("--train_data_dir is not looked at beside --dataset_config, as with kohya.");
        }
        RequireScript(arguments, notes);
        Fates(arguments, notes);
        string? model = ModelOf(arguments, notes);
        var order = OrderOf(arguments, folders ?? Folders(arguments, notes), notes);
        return new KohyaImport(order, model, arguments.Text("clip_l"), arguments.Text("t5xxl"), arguments.Text("ae"), notes);
    }

    private static void RequireScript(KohyaArguments arguments, List<string> notes)
    {
        string? script = arguments.Script is { } path ? Path.GetFileName(path) : null;
        if (script is "train_network.py" or "sdxl_train_network.py" or "sd3_train_network.py")
            notes.Add($"{script} trains another family of models: what {Script} does is done.");
        else if (script is not null and not Script)
            throw GessoException.Invalid("not_supported", $"{script} is not what Gesso does in its place: it trains adapters, as {Script} does.");
        string? module = arguments.Text("network_module");
        if (module == "networks.lora")
            notes.Add($"networks.lora is for other models: {Module} is used.");
        else if (module is not null and not Module)
            throw GessoException.Invalid("not_supported", $"--network_module {module}: Gesso trains low-rank adapters, expected {Module}.");
    }

    private static void Fates(KohyaArguments arguments, List<string> notes)
    {
        foreach (string name in arguments.Given.Order(StringComparer.Ordinal))
        {
            var flag = KohyaFlag.Find(name)!;
            if (flag.Fate == FlagFate.Missing)
                throw GessoException.Invalid("not_supported", $"--{name} would change the result and is not there in Gesso. Leave it out.");
        }
        foreach (var (fate, what) in new[] { (FlagFate.NoEffect, "does nothing on FLUX, here as with kohya"), (FlagFate.Automatic, "is not needed") })
        {
            foreach (var group in arguments.Given.Select(n => KohyaFlag.Find(n)!).Where(f => f.Fate == fate).GroupBy(f => f.Remark).OrderBy(g => g.First().Name, StringComparer.Ordinal))
            {
                string names = string.Join(", ", group.Select(f => "--" + f.Name).Order(StringComparer.Ordinal));
                notes.Add($"{names} {(group.Count() == 1 ? what : what.Replace("does", "do").Replace("is not", "are not"))}: {group.Key}.");
            }
        }
        if (!arguments.Has("network_train_unet_only"))
            notes.Add("Without --network_train_unet_only kohya would also train CLIP; here text encoders stay as they are.");
    }

    /// <summary>The weights of FLUX.1 [pro] were never published; [dev] is what was distilled from it for everybody.</summary>
    private static string? ModelOf(KohyaArguments arguments, List<string> notes)
    {
        string? named = arguments.Text("pretrained_model_name_or_path");
        if (named is null || !named.Replace("_", "").Contains("FLUX.1-pro", StringComparison.OrdinalIgnoreCase))
            return named;
        notes.Add("FLUX.1-pro cannot be had: its weights were never published. FLUX.1-dev, which was made from it, is used in its place (its licence is not for commercial use; FLUX.1-schnell's is).");
        return "black-forest-labs/FLUX.1-dev";
    }

    private static IReadOnlyList<PictureFolder> Folders(KohyaArguments arguments, List<string> notes)
    {
        string path = arguments.Text("train_data_dir")
            ?? throw GessoException.Invalid("no_pictures", "Where are the pictures? Expected --train_data_dir, --dataset_config or --images.");
        var folders = PictureFolder.Find(path);
        if (folders.Any(f => Same(f.Path, path)))
            notes.Add($"kohya would find no pictures directly in {path} (it wants folders such as 10_brand in it): they are used, once an epoch.");
        if (arguments.Text("reg_data_dir") is { } kept)
            folders = [.. folders, .. PictureFolder.Find(kept, regularisation: true)];
        string? extension = arguments.Text("caption_extension") ?? arguments.Text("caption_extention");
        if (extension is null)
            notes.Add("Without --caption_extension kohya would read .caption files and pass by .txt: both are read.");
        return [.. folders.Select(f => f with
        {
            CaptionExtension = extension,
            Flip = arguments.Has("flip_aug"),
            AlphaMask = arguments.Has("alpha_mask"),
        })];
    }

    private static TrainingOrder OrderOf(KohyaArguments arguments, IReadOnlyList<PictureFolder> folders, List<string> notes)
    {
        if (arguments.Text("model_prediction_type") is { } prediction and not "raw")
            notes.Add($"--model_prediction_type {prediction}: kohya holds it against the wrong target on FLUX, raw is used.");
        var order = new TrainingOrder
        {
            Pictures = folders,
            OutputFolder = arguments.Text("output_dir") ?? "lora",
            Name = arguments.Text("output_name"),
            Trigger = arguments.Text("metadata_trigger_phrase"),
            Rank = arguments.Integer("network_dim"),
            Alpha = arguments.Number("network_alpha") is { } alpha and not 0 ? alpha : null,
            Modules = ModulesOf(arguments, out var dropout),
            Dropout = dropout with { Network = arguments.Number("network_dropout") ?? 0 },
            LearningRate = arguments.Number("unet_lr") ?? arguments.Number("learning_rate"),
            Schedule = ScheduleOf(arguments),
            Warmup = arguments.Number("lr_warmup_steps"),
            ScheduleCycles = arguments.Integer("lr_scheduler_num_cycles"),
            SchedulePower = arguments.Number("lr_scheduler_power"),
            ScheduleFloor = arguments.Number("lr_scheduler_min_lr_ratio"),
            Optimizer = KohyaOptimizer.Read(arguments, notes),
            MaxGradientNorm = arguments.Number("max_grad_norm"),
            Steps = arguments.Integer("max_train_steps"),
            Epochs = arguments.Integer("max_train_epochs"),
            BatchSize = arguments.Integer("train_batch_size"),
            Accumulation = arguments.Integer("gradient_accumulation_steps"),
            Resolution = arguments.Texts("resolution") is { Count: > 0 } sides ? Size("--resolution", sides) : null,
            Buckets = arguments.Has("enable_bucket") ? true : null,
            ShortestSide = arguments.Integer("min_bucket_reso"),
            LongestSide = arguments.Integer("max_bucket_reso"),
            SideStep = arguments.Integer("bucket_reso_steps"),
            NeverEnlarge = arguments.Has("bucket_no_upscale") ? true : null,
            Levels = LevelsOf(arguments, notes),
            Loss = LossOf(arguments, notes),
            Guidance = arguments.Number("guidance_scale"),
            Checkpointing = arguments.Has("gradient_checkpointing") ? true : null,
            TextLength = arguments.Integer("t5xxl_max_token_length"),
            CaptionDropout = arguments.Number("caption_dropout_rate"),
            CaptionPrefix = arguments.Text("caption_prefix") is { } prefix ? prefix + " " : "",
            CaptionSuffix = arguments.Text("caption_suffix") is { } suffix ? " " + suffix : "",
            ShuffleTags = arguments.Has("shuffle_caption"),
            KeepTags = arguments.Integer("keep_tokens") ?? (arguments.Has("shuffle_caption") ? 0 : null),
            TagDropout = arguments.Number("caption_tag_dropout_rate"),
            PriorWeight = arguments.Number("prior_loss_weight"),
            Seed = arguments.Integer("seed"),
            SaveEvery = arguments.Integer("save_every_n_epochs") ?? arguments.Integer("save_every_n_steps"),
            SavesByEpoch = arguments.Has("save_every_n_epochs"),
            ValidateEvery = arguments.Integer("validate_every_n_epochs") ?? arguments.Integer("validate_every_n_steps")
                ?? arguments.Integer("sample_every_n_epochs") ?? arguments.Integer("sample_every_n_steps"),
            ValidatesByEpoch = arguments.Has("validate_every_n_epochs") || (!arguments.Has("validate_every_n_steps") && arguments.Has("sample_every_n_epochs")),
            HoldOut = arguments.Number("validation_split"),
            PreviewPrompts = arguments.Text("sample_prompts") is { } file ? KohyaPrompts.Read(file, notes) : null,
        };
        if (order.Alpha is null)
            notes.Add("Without --network_alpha kohya would take 1, which makes the adapter many times weaker: alpha = rank is used.");
        if (order.LearningRate is null)
            notes.Add("Without --learning_rate kohya would train at 2e-6, which changes almost nothing: a rate is chosen.");
        if (order.Buckets is null)
            notes.Add("Without --enable_bucket kohya would crop every picture to one shape: each keeps its own.");
        return order;
    }

    private static ModuleSelection ModulesOf(KohyaArguments arguments, out BranchDropout dropout)
    {
        ModuleSelection modules = new();
        dropout = default;
        foreach (string argument in arguments.Texts("network_args"))
        {
            string[] parts = argument.Split('=', 2);
            string value = parts.Length == 2 ? parts[1] : throw GessoException.Invalid("bad_value", $"--network_args: expected name=value, got \"{argument}\".");
            switch (parts[0])
            {
                case "train_blocks":
                    modules = modules with { Blocks = Choice<TrainedBlocks>(argument, value) };
                    break;
                case "train_double_block_indices":
                    modules = modules with { DoubleBlocks = Indices(argument, value) };
                    break;
                case "train_single_block_indices":
                    modules = modules with { SingleBlocks = Indices(argument, value) };
                    break;
                case "img_attn_dim":
                    modules = modules with { ImageAttention = Whole(argument, value) };
                    break;
                case "txt_attn_dim":
                    modules = modules with { TextAttention = Whole(argument, value) };
                    break;
                case "img_mlp_dim":
                    modules = modules with { ImageMlp = Whole(argument, value) };
                    break;
                case "txt_mlp_dim":
                    modules = modules with { TextMlp = Whole(argument, value) };
                    break;
                case "img_mod_dim":
                    modules = modules with { ImageModulation = Whole(argument, value) };
                    break;
                case "txt_mod_dim":
                    modules = modules with { TextModulation = Whole(argument, value) };
                    break;
                case "single_dim":
                    modules = modules with { Single = Whole(argument, value) };
                    break;
                case "single_mod_dim":
                    modules = modules with { SingleModulation = Whole(argument, value) };
                    break;
                case "in_dims":
                    modules = modules with { Inputs = [.. value.Trim('[', ']').Split(',').Select(v => Whole(argument, v))] };
                    break;
                case "rank_dropout":
                    dropout = dropout with { Rank = Decimal(argument, value) };
                    break;
                case "module_dropout":
                    dropout = dropout with { Module = Decimal(argument, value) };
                    break;
                case "verbose":
                    break;
                default:
                    throw GessoException.Invalid("not_supported", $"--network_args {parts[0]} would change the result and is not there in Gesso. Leave it out.");
            }
        }
        return modules;
    }

    private static RateSchedule? ScheduleOf(KohyaArguments arguments) => arguments.Text("lr_scheduler") switch
    {
        null => null,
        "constant" => RateSchedule.Constant,
        "constant_with_warmup" => RateSchedule.ConstantWithWarmup,
        "linear" => RateSchedule.Linear,
        "cosine" or "cosine_with_min_lr" => RateSchedule.Cosine,
        "cosine_with_restarts" => RateSchedule.CosineWithRestarts,
        "polynomial" => RateSchedule.Polynomial,
        var other => throw GessoException.Invalid("not_supported",
            $"--lr_scheduler {other}: expected constant, constant_with_warmup, linear, cosine, cosine_with_min_lr, cosine_with_restarts or polynomial."),
    };

    /// <summary>One number, or width and height.</summary>
    internal static ImageSize Size(string name, IReadOnlyList<string> given)
    {
        string[] parts = string.Join(',', given).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        int[] sides = [.. parts.Select(p => Whole(name, p))];
        return sides switch
        {
            [> 0 and var side] => new ImageSize(side, side),
            [> 0 and var width, > 0 and var height] => new ImageSize(width, height),
            _ => throw GessoException.Invalid("bad_value", $"{name}: expected one number or WIDTH,HEIGHT, got \"{string.Join(' ', given)}\"."),
        };
    }

    private static NoiseLevels? LevelsOf(KohyaArguments arguments, List<string> notes)
    {
        string? sampling = arguments.Text("timestep_sampling");
        string? scheme = arguments.Text("weighting_scheme");
        if (sampling is null && scheme is not "logit_normal")
        {
            notes.Add("Without --timestep_sampling kohya would take sigma, which its own guide advises against: flux_shift is used.");
            return null;
        }
        NoiseLevels levels = new()
        {
            SigmoidScale = arguments.Number("sigmoid_scale") ?? 1,
            ShiftFactor = arguments.Number("discrete_flow_shift") ?? 3,
            LogitMean = arguments.Number("logit_mean") ?? 0,
            LogitDeviation = arguments.Number("logit_std") ?? 1,
        };
        return levels with
        {
            Sampling = sampling switch
            {
                "uniform" => TimestepSampling.Uniform,
                "sigmoid" => TimestepSampling.Sigmoid,
                "shift" => TimestepSampling.Shift,
                "flux_shift" => TimestepSampling.FluxShift,
                null or "sigma" when scheme == "logit_normal" => TimestepSampling.LogitNormal,
                "sigma" => TimestepSampling.Uniform,
                _ => throw GessoException.Invalid("bad_value", $"--timestep_sampling: expected sigma, uniform, sigmoid, shift or flux_shift, got \"{sampling}\"."),
            },
        };
    }

    private static FlowLoss? LossOf(KohyaArguments arguments, List<string> notes)
    {
        string? kind = arguments.Text("loss_type");
        string? scheme = arguments.Text("weighting_scheme");
        bool weighs = scheme is "sigma_sqrt" or "cosmap";
        if (kind is null or "l2" && !weighs)
            return null;
        var schedule = arguments.Text("huber_schedule") switch
        {
            "constant" => HuberSchedule.Constant,
            null or "exponential" => HuberSchedule.Exponential,
            "snr" when kind is null or "l2" => HuberSchedule.Exponential,
            "snr" => Instead(notes, "--huber_schedule snr has no meaning for flow matching (kohya stops with an error): exponential is used.", HuberSchedule.Exponential),
            var other => throw GessoException.Invalid("bad_value", $"--huber_schedule: expected constant or exponential, got \"{other}\"."),
        };
        return new FlowLoss
        {
            Kind = kind switch
            {
                null or "l2" => LossKind.Square,
                "huber" => LossKind.Huber,
                "smooth_l1" => LossKind.SmoothL1,
                _ => throw GessoException.Invalid("bad_value", $"--loss_type: expected l2, huber or smooth_l1, got \"{kind}\"."),
            },
            HuberC = arguments.Number("huber_c") ?? 0.1,
            HuberSchedule = schedule,
            Weighting = scheme switch
            {
                "sigma_sqrt" => LossWeighting.SigmaSquareRoot,
                "cosmap" => LossWeighting.CosineMap,
                _ => LossWeighting.None,
            },
        };
    }

    private static T Instead<T>(List<string> notes, string note, T value)
    {
        notes.Add(note);
        return value;
    }

    private static HashSet<int>? Indices(string argument, string value)
    {
        if (value == "all")
            return null;
        HashSet<int> indices = [];
        foreach (string part in value == "none" ? [] : value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-', 2);
            int first = Whole(argument, ends[0]), last = ends.Length == 2 ? Whole(argument, ends[1]) : first;
            if (last < first || last - first > 10_000)
                throw GessoException.Invalid("bad_value", $"--network_args {argument}: expected numbers and ranges such as 0,1,4-7.");
            indices.UnionWith(Enumerable.Range(first, last - first + 1));
        }
        return indices;
    }

    private static T Choice<T>(string argument, string value)
        where T : struct, Enum =>
        Enum.TryParse<T>(value, ignoreCase: true, out var choice) && !char.IsAsciiDigit(value[0]) ? choice
            : throw GessoException.Invalid("bad_value", $"--network_args {argument}: expected one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.");

    private static int Whole(string argument, string value) => int.TryParse(value.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
        : throw GessoException.Invalid("bad_value", $"{argument}: expected whole numbers, got \"{value}\".");

    private static double Decimal(string argument, string value) => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
        : throw GessoException.Invalid("bad_value", $"{argument}: expected a number, got \"{value}\".");

    private static bool Same(string a, string b) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(a)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(b));
}
