using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gesso.Contracts.Images;

namespace Gesso.Engine.Recipes;

/// <summary>
/// The text that AUTOMATIC1111's web UI and its descendants keep under the PNG keyword <c>parameters</c> (modules/infotext_utils.py, processing.py
/// create_infotext): prompt, then <c>Negative prompt: …</c>, then one line of <c>Key: value</c> pairs, at least three of them. Values with commas, colons
/// or line feeds are JSON strings. The format has no way to quote prompts: lines lose blanks at their ends, and a prompt line that begins with
/// "Negative prompt:" ends the prompt.
/// </summary>
public static class A1111Text
{
    /// <summary>The PNG keyword.</summary>
    public const string Keyword = "parameters";

    private const string NegativeMark = "Negative prompt:";
    private const int ShortHashLength = 10;
    private const int FewestPairs = 3;
    private const int AdapterHashLength = 12;

    // Readers know the string as JSON but show it as it is: only what JSON demands is escaped.
    private static readonly JsonSerializerOptions s_quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        (string Key, string? Value)[] pairs =
        [
            ("Steps", Number(recipe.Steps)),
            ("Sampler", recipe.Sampler is { } sampler ? SamplerNames.ToTheirs(sampler) : null),
            ("CFG scale", Number(recipe.TrueGuidance)),
            ("Distilled CFG Scale", Number(recipe.Guidance)),
            ("Seed", recipe.Seed?.ToString()),
            ("Size", recipe.Size?.ToString()),
            ("Model hash", recipe.Model?.Hash is { } hash ? Short(hash) : null),
            ("Model", recipe.Model?.Name),
            ("Denoising strength", Number(recipe.Strength)),
            // as A1111 writes them; its weights stand in the prompt, which is not changed here
            ("Lora hashes", string.Join(", ", recipe.Adapters.Select(a => $"{a.Name}: {a.Sha256[..AdapterHashLength]}"))),
            .. recipe.Extras.Select(extra => (extra.Key, (string?)extra.Value)),
            ("Version", recipe.Software),
        ];
        string line = string.Join(", ", pairs.Where(pair => !string.IsNullOrEmpty(pair.Value)).Select(pair => $"{pair.Key}: {Quote(pair.Value!)}"));
        string negative = string.IsNullOrEmpty(recipe.NegativePrompt) ? "" : $"\n{NegativeMark} {Lines(recipe.NegativePrompt)}";
        return $"{Lines(recipe.Prompt)}{negative}\n{line}".Trim();
    }

    /// <summary>Reads any text; what is not understood is kept in <see cref="Recipe.Extras"/>, a text without a line of pairs is all prompt.</summary>
    public static Recipe Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] lines = Lines(text).Trim().Split('\n');
        List<(string Key, string Value)> pairs = A1111Pairs.Read(lines[^1]);
        if (pairs.Count < FewestPairs)
            pairs = []; // a prompt may hold a colon or two
        string[] prompts = pairs.Count == 0 ? lines : lines[..^1];
        int mark = Array.FindIndex(prompts, line => line.TrimStart().StartsWith(NegativeMark, StringComparison.Ordinal));
        string[] positive = mark < 0 ? prompts : prompts[..mark];
        string[] negative = mark < 0 ? [] : [.. prompts[mark..].Select((line, i) => i == 0 ? line.TrimStart()[NegativeMark.Length..] : line)];
        var values = new OrderedDictionary<string, string>();
        foreach ((string key, string value) in pairs)
            values[key] = Unquote(value);
        string negativePrompt = Join(negative);
        return Understand(values, lines[^1]) with { Prompt = Join(positive), NegativePrompt = negativePrompt.Length == 0 ? null : negativePrompt };
    }

    private static Recipe Understand(OrderedDictionary<string, string> values, string line)
    {
        int? steps = (int?)Take(values, "Steps", value => Whole(value) is >= 1 and <= int.MaxValue and { } number ? number : (long?)null);
        double? scale = Take(values, "CFG scale", Real);
        double? guidance = Take(values, "Distilled CFG Scale", Real);
        if (guidance is null && line.Contains("Civitai", StringComparison.Ordinal) && line.Contains("FLUX", StringComparison.OrdinalIgnoreCase))
            (scale, guidance) = (1, scale); // Civitai's own generator writes FLUX's distilled guidance as CFG scale
        (string? sampler, string? schedule) = values.TryGetValue("Sampler", out string? name) ? SamplerNames.ToOurs(name) : default;
        if (sampler is not null)
            values.Remove("Sampler");
        if (schedule is not null)
            values.TryAdd("Schedule type", schedule);
        string? model = Take(values, "Model", value => value);
        string? hash = Take(values, "Model hash", value => value);
        return new Recipe
        {
            Prompt = "",
            Steps = steps,
            Sampler = sampler,
            TrueGuidance = scale,
            Guidance = guidance,
            Seed = Take(values, "Seed", Whole) is { } seed ? new Seed(seed) : null,
            Size = Take(values, "Size", value => ImageSize.TryParse(value, out ImageSize size) ? size : (ImageSize?)null),
            Model = model is null && hash is null ? null : new RecipeModel(model, hash),
            Strength = Take(values, "Denoising strength", Real),
            Software = Take(values, "Version", value => value),
            Extras = [.. values.Select(pair => new RecipeExtra(pair.Key, pair.Value))],
        };
    }

    /// <summary>A value that is understood leaves the table; one that is not stays and becomes an extra.</summary>
    private static T? Take<T>(OrderedDictionary<string, string> values, string key, Func<string, T?> read)
    {
        if (!values.TryGetValue(key, out string? text) || read(text) is not { } value)
            return default;
        values.Remove(key);
        return value;
    }

    private static long? Whole(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;

    private static double? Real(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    private static string? Number(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>Ten digits, as A1111 shows; <c>sha256:</c> and its like before them are left out.</summary>
    private static string Short(string hash)
    {
        string digits = hash[(hash.LastIndexOf(':') + 1)..];
        return digits[..Math.Min(ShortHashLength, digits.Length)];
    }

    /// <summary>A1111 quotes for comma, colon and line feed; blanks at the ends and a leading quotation mark would not survive its reader either.</summary>
    private static string Quote(string value)
    {
        bool plain = value.IndexOfAny([',', ':', '\n', '\r']) < 0 && value[0] != '"' && value.Trim() == value;
        return plain ? value : JsonSerializer.Serialize(value, s_quoting);
    }

    private static string Unquote(string value)
    {
        if (value.Length < 2 || value[0] != '"' || value[^1] != '"')
            return value;
        try
        {
            return JsonSerializer.Deserialize<string>(value) ?? value;
        }
        catch (JsonException)
        {
            return value; // as A1111: what only looks quoted is taken as it is
        }
    }

    private static string Lines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    private static string Join(string[] lines) => string.Join('\n', lines.Select(line => line.Trim())).Trim('\n');
}
