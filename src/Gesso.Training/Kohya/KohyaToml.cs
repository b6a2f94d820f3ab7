using System.Globalization;
using Gesso.Contracts.Errors;
using Gesso.Training.Datasets;
using Tomlyn;
using Tomlyn.Model;

namespace Gesso.Training.Kohya;

/// <summary>kohya's two kinds of TOML: flags in a file (<c>--config_file</c>), and folders of pictures with their settings (<c>--dataset_config</c>).</summary>
public static class KohyaToml
{
    private static readonly HashSet<string> s_folderWords =
    [
        "image_dir", "class_tokens", "num_repeats", "caption_extension", "is_reg", "keep_tokens", "flip_aug", "shuffle_caption", "caption_prefix", "caption_suffix",
        "caption_dropout_rate", "caption_tag_dropout_rate", "alpha_mask", "conditioning_data_dir", "cache_info", "color_aug", "random_crop", "validation_split", "metadata_file",
        "caption_dropout_every_n_epochs", "token_warmup_min", "token_warmup_step", "custom_attributes", "enable_wildcard", "keep_tokens_separator", "caption_separator",
        "secondary_separator", "face_crop_aug_range", "resize_interpolation",
    ];

    private static readonly HashSet<string> s_setWords =
    [
        "resolution", "batch_size", "enable_bucket", "min_bucket_reso", "max_bucket_reso", "bucket_reso_steps", "bucket_no_upscale", "validation_split", "validation_seed",
        "network_multiplier", "skip_image_resolution", "resize_interpolation",
    ];

    private static readonly HashSet<string> s_missing =
        ["color_aug", "random_crop", "caption_dropout_every_n_epochs", "token_warmup_min", "token_warmup_step", "enable_wildcard", "keep_tokens_separator", "secondary_separator", "metadata_file", "custom_attributes"];

    /// <summary>The flags of a configuration file; sections are only for reading.</summary>
    /// <exception cref="GessoException"><c>toml_unreadable</c>, <c>unknown_flag</c>.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Flags(string file)
    {
        Dictionary<string, IReadOnlyList<string>> flags = [];
        Flatten(Read(file), flags);
        foreach (string name in flags.Keys.Where(n => KohyaFlag.Find(n) is null))
            throw GessoException.Invalid("unknown_flag", $"{file}: {name} is no flag of flux_train_network.py. Leave it out.");
        return flags;
    }

    /// <summary>The folders of a dataset configuration; lower levels win over higher ones.</summary>
    /// <param name="file">The file.</param>
    /// <param name="flags">Gets what stands above folders (resolution, buckets, captions), as flags.</param>
    /// <exception cref="GessoException"><c>toml_unreadable</c>, <c>unknown_flag</c>, <c>not_supported</c>: also settings of the run that differ between sets.</exception>
    public static IReadOnlyList<PictureFolder> Folders(string file, out IReadOnlyDictionary<string, IReadOnlyList<string>> flags)
    {
        var document = Read(file);
        var general = document.TryGetValue("general", out object? at) && at is TomlTable above ? above : [];
        var sets = document.TryGetValue("datasets", out object? list) && list is TomlTableArray tables ? tables : [];
        if (sets.Count == 0)
            throw GessoException.Invalid("no_pictures", $"{file}: expected [[datasets]] with [[datasets.subsets]], found none.");
        Dictionary<string, IReadOnlyList<string>> collected = [];
        List<PictureFolder> folders = [];
        foreach (var set in sets)
        {
            foreach (var subset in set.TryGetValue("subsets", out object? subsets) && subsets is TomlTableArray inner ? inner : [])
            {
                var merged = Merge(general, set, subset);
                folders.Add(Folder(file, merged));
                foreach (var (name, value) in Settings(file, merged))
                {
                    if (name != "resolution" && collected.TryGetValue(name, out var earlier) && !earlier.SequenceEqual(value))
                    {
                        throw GessoException.Invalid("not_supported",
                            $"{file}: {name} is {string.Join(' ', earlier)} in one place and {string.Join(' ', value)} in another. One run has one of it: make them equal, or train twice.");
                    }
                    _ = collected.TryAdd(name, value);
                }
            }
        }
        flags = collected;
        return folders.Count > 0 ? folders : throw GessoException.Invalid("no_pictures", $"{file}: expected [[datasets.subsets]] with an image_dir, found none.");
    }

    private static PictureFolder Folder(string file, TomlTable table)
    {
        string? Text(string name) => table.TryGetValue(name, out object? value) ? Word(value) : null;
        bool Is(string name) => table.TryGetValue(name, out object? value) && value is true;
        return new PictureFolder
        {
            Path = Text("image_dir") ?? throw GessoException.Invalid("no_pictures", $"{file}: a subset has no image_dir."),
            Repeats = table.TryGetValue("num_repeats", out object? repeats) && repeats is long n ? (int)Math.Clamp(n, 0, int.MaxValue) : 1,
            ClassTokens = Text("class_tokens"),
            CaptionExtension = Text("caption_extension"),
            Regularisation = Is("is_reg"),
            Flip = Is("flip_aug"),
            AlphaMask = Is("alpha_mask"),
            Masks = Text("conditioning_data_dir"),
            Resolution = table.TryGetValue("resolution", out object? resolution) ? KohyaImport.Size("resolution", Words(resolution)) : null,
        };
    }

    /// <summary>What belongs to the run here, though kohya lets each folder have its own.</summary>
    private static IEnumerable<(string Name, IReadOnlyList<string> Value)> Settings(string file, TomlTable table)
    {
        foreach (var (name, value) in table)
        {
            if (name is "subsets" or "image_dir" or "class_tokens" or "num_repeats" or "caption_extension" or "is_reg" or "flip_aug" or "alpha_mask" or "conditioning_data_dir")
                continue;
            bool off = value is false or 0L or 0.0 or "";
            if (!s_folderWords.Contains(name) && !s_setWords.Contains(name))
                throw GessoException.Invalid("unknown_flag", $"{file}: {name} is no setting of a dataset. Leave it out.");
            if (s_missing.Contains(name) && !off)
                throw GessoException.Invalid("not_supported", $"{file}: {name} is not there in Gesso. Leave it out, or set it to {(value is bool ? "false" : "0")}.");
            string flag = name == "batch_size" ? "train_batch_size" : name;
            if (KohyaFlag.Find(flag) is { Fate: FlagFate.Used } known && !(known.IsSwitch && off))
                yield return (flag, Words(value));
        }
    }

    private static TomlTable Merge(params TomlTable[] levels)
    {
        TomlTable merged = [];
        foreach (var level in levels)
        {
            foreach (var (name, value) in level)
                merged[name] = value;
        }
        return merged;
    }

    private static void Flatten(TomlTable table, Dictionary<string, IReadOnlyList<string>> flags)
    {
        foreach (var (name, value) in table)
        {
            if (value is TomlTable section)
                Flatten(section, flags);
            else if (value is not false)
                flags[name.Replace('-', '_')] = Words(value);
        }
    }

    private static IReadOnlyList<string> Words(object value) => value switch
    {
        true => [],
        TomlArray array => [.. array.Select(Word)],
        _ => [Word(value)],
    };

    internal static string Word(object? value) => value switch
    {
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "",
    };

    internal static TomlTable Read(string file)
    {
        try
        {
            return TomlSerializer.Deserialize<TomlTable>(File.ReadAllText(file))!;
        }
        catch (TomlException e)
        {
            throw GessoException.Invalid("toml_unreadable", $"{file} is not TOML: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Invalid("toml_unreadable", $"{file} cannot be read: {e.Message}", e);
        }
    }
}
