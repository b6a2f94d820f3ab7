using System.Globalization;
using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Training.Validation;
using Tomlyn.Model;

namespace Gesso.Training.Kohya;

/// <summary>
/// kohya's prompts for previews (<c>--sample_prompts</c>), in all three forms: a text file with one a line, <c>#</c> for comments and options behind
/// <c> --</c>; TOML with <c>[prompt]</c> and <c>[[prompt.subset]]</c>; JSON with an array of lines or objects (sd-scripts train_util.load_prompts).
/// </summary>
public static class KohyaPrompts
{
    private const int SideStep = 16, LeastSide = 64, MostSteps = 1000;

    /// <summary>Letter of an option → its name in TOML and JSON.</summary>
    private static readonly Dictionary<string, string> s_letters = new(StringComparer.OrdinalIgnoreCase)
    {
        ["w"] = "width",
        ["h"] = "height",
        ["d"] = "seed",
        ["s"] = "sample_steps",
        ["g"] = "guidance_scale",
        ["l"] = "scale",
        ["n"] = "negative_prompt",
        ["fs"] = "flow_shift",
        ["ss"] = "sample_sampler",
        ["cn"] = "controlnet_image",
        ["ctr"] = "cfg_trunc_ratio",
        ["rcfg"] = "renorm_cfg",
    };

    /// <summary>kohya's own drawing of FLUX reads these; it passes the others by.</summary>
    private static readonly string[] s_used = ["prompt", "width", "height", "seed", "sample_steps", "guidance_scale", "scale", "negative_prompt"];

    /// <param name="file">Its ending tells the form.</param>
    /// <param name="notes">Gets what is passed by.</param>
    /// <exception cref="GessoException"><c>prompts_unreadable</c>, <c>toml_unreadable</c>, <c>bad_value</c>.</exception>
    public static IReadOnlyList<PreviewPrompt> Read(string file, ICollection<string> notes)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(notes);
        List<Dictionary<string, string>> entries = Path.GetExtension(file).ToLowerInvariant() switch
        {
            ".toml" => FromToml(file),
            ".json" => FromJson(file),
            _ => [.. Text(file).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').Select(Line)],
        };
        string[] idle = [.. entries.SelectMany(e => e.Keys).Distinct().Except(s_used).Order(StringComparer.Ordinal)];
        if (idle.Length > 0)
            notes.Add($"{file}: {string.Join(", ", idle)} {(idle.Length == 1 ? "does" : "do")} nothing on FLUX, here as with kohya.");
        return [.. entries.Select((entry, i) => Prompt(entry, $"{file}, prompt {i + 1}"))];
    }

    /// <summary>A prompt with options behind it, as in the text form: <c>a shoe --w 768 --h 512 --d 7 --n blurry --l 2</c>.</summary>
    /// <exception cref="GessoException"><c>bad_value</c>: also for options that do nothing.</exception>
    public static PreviewPrompt Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var entry = Line(line);
        return entry.Keys.Except(s_used).FirstOrDefault() is not { } unknown ? Prompt(entry, $"\"{line}\"")
            : throw GessoException.Invalid("bad_value", $"\"{line}\": {unknown} is no option of a preview; expected --w, --h, --d, --s, --g, --l or --n.");
    }

    private static PreviewPrompt Prompt(Dictionary<string, string> entry, string where)
    {
        int? width = Whole(entry, "width", where), height = Whole(entry, "height", where);
        return new PreviewPrompt(entry.GetValueOrDefault("prompt", ""))
        {
            Negative = entry.GetValueOrDefault("negative_prompt"),
            Size = width is null && height is null ? null : new ImageSize(Side(width ?? height!.Value), Side(height ?? width!.Value)),
            Seed = SeedOf(entry, where),
            Steps = Whole(entry, "sample_steps", where) is { } steps ? Math.Clamp(steps, 1, MostSteps) : null,
            Guidance = Number(entry, "guidance_scale", where),
            TrueGuidance = Number(entry, "scale", where) is { } scale ? Math.Max(1, scale) : null,
        };
    }

    /// <summary>As kohya rounds.</summary>
    private static int Side(int asked) => Math.Max(LeastSide, asked - asked % SideStep);

    private static Dictionary<string, string> Line(string line)
    {
        string[] parts = line.Split(" --");
        Dictionary<string, string> entry = new() { ["prompt"] = parts[0].Trim() };
        foreach (string part in parts.Skip(1))
        {
            string[] words = part.Trim().Split(' ', 2, StringSplitOptions.TrimEntries);
            entry[s_letters.GetValueOrDefault(words[0], "--" + words[0])] = words.Length == 2 ? words[1] : "";
        }
        return entry;
    }

    private static List<Dictionary<string, string>> FromToml(string file)
    {
        if (!KohyaToml.Read(file).TryGetValue("prompt", out object? at) || at is not TomlTable common)
            throw GessoException.Invalid("toml_unreadable", $"{file}: expected [prompt] with [[prompt.subset]].");
        var subsets = common.TryGetValue("subset", out object? inner) && inner is TomlTableArray tables ? tables : [[]];
        List<Dictionary<string, string>> entries = [];
        foreach (var subset in subsets)
        {
            Dictionary<string, string> entry = [];
            foreach (var (name, value) in common.Where(p => p.Key != "subset").Concat(subset))
                entry[name] = KohyaToml.Word(value);
            entries.Add(entry);
        }
        return entries;
    }

    private static List<Dictionary<string, string>> FromJson(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(Text(file));
            return [.. document.RootElement.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.String
                ? Line(e.GetString()!)
                : e.EnumerateObject().Where(p => p.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number).ToDictionary(p => p.Name, p => p.Value.ToString()))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw GessoException.Invalid("prompts_unreadable", $"{file}: expected a JSON array of prompts, each a line or an object with \"prompt\". {e.Message}", e);
        }
    }

    private static Seed? SeedOf(Dictionary<string, string> entry, string where) => !entry.TryGetValue("seed", out string? text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seed) ? new Seed(seed)
        : throw Bad(entry, "seed", where, "a whole number");

    private static int? Whole(Dictionary<string, string> entry, string name, string where) => !entry.TryGetValue(name, out string? text) ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
        : throw Bad(entry, name, where, "a whole number");

    private static double? Number(Dictionary<string, string> entry, string name, string where)
    {
        if (!entry.TryGetValue(name, out string? text))
            return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number : throw Bad(entry, name, where, "a number");
    }

    private static GessoException Bad(Dictionary<string, string> entry, string name, string where, string expected) =>
        GessoException.Invalid("bad_value", $"{where}: {name}: expected {expected}, got \"{entry[name]}\".");

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Invalid("prompts_unreadable", $"--sample_prompts: {file} cannot be read: {e.Message}", e);
        }
    }
}
