using System.Text.Json;
using System.Text.RegularExpressions;
using Gesso.Contracts.Errors;

namespace Gesso.Diffusion.Adapters;

/// <summary>
/// Scales that are not in the tensors: diffusers keeps PEFT's settings in the header (<c>lora_adapter_metadata</c>, each key with the component before it), PEFT
/// in an <c>adapter_config.json</c> beside the file.
/// </summary>
internal sealed class LoraAlphas
{
    private readonly string _component;
    private readonly double? _alpha;
    private readonly bool _rankStabilised;
    private readonly Dictionary<string, double> _patterns = [];

    private LoraAlphas(JsonElement json, string component)
    {
        _component = component;
        if (Find(json, "lora_alpha") is { ValueKind: JsonValueKind.Number } alpha)
            _alpha = alpha.GetDouble();
        _rankStabilised = Find(json, "use_rslora") is { ValueKind: JsonValueKind.True };
        if (Find(json, "alpha_pattern") is { ValueKind: JsonValueKind.Object } patterns)
        {
            foreach (var pattern in patterns.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Number))
                _patterns[pattern.Name] = pattern.Value.GetDouble();
        }
    }

    /// <summary>Settings by component: <c>transformer</c>, <c>text_encoder</c>; empty: any.</summary>
    /// <exception cref="GessoException"><c>adapter_bad_metadata</c></exception>
    public static IReadOnlyList<LoraAlphas> Read(string path, IReadOnlyDictionary<string, string> metadata)
    {
        string config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "", "adapter_config.json");
        string? text = metadata.TryGetValue("lora_adapter_metadata", out string? header) ? header : File.Exists(config) ? File.ReadAllText(config) : null;
        if (text is null)
            return [];
        try
        {
            using var document = JsonDocument.Parse(text);
            var json = document.RootElement;
            if (json.ValueKind != JsonValueKind.Object)
                throw new JsonException("it is not an object");
            string[] components = [.. json.EnumerateObject().Select(p => p.Name).Where(n => n.Contains('.')).Select(n => n[..n.IndexOf('.')]).Distinct()];
            return components.Length == 0 ? [new LoraAlphas(json, "")] : [.. components.Select(c => new LoraAlphas(json, c))];
        }
        catch (JsonException e)
        {
            throw GessoException.Invalid("adapter_bad_metadata", $"{path}: its settings (lora_adapter_metadata or adapter_config.json) are not the JSON of PEFT: {e.Message}", e);
        }
    }

    /// <summary>What B·A of a module is multiplied by, if these settings speak of it.</summary>
    public double? Scale(string module, long rank)
    {
        if (_component.Length > 0 && !module.StartsWith(_component + ".", StringComparison.Ordinal))
            return null;
        string local = _component.Length > 0 ? module[(_component.Length + 1)..] : module;
        double? alpha = _patterns.Where(p => Matches(p.Key, local)).Select(p => (double?)p.Value).FirstOrDefault() ?? _alpha;
        return alpha / (_rankStabilised ? Math.Sqrt(rank) : rank);
    }

    /// <summary>A key of PEFT's patterns is a regular expression for the end of the name.</summary>
    private static bool Matches(string pattern, string module)
    {
        try
        {
            return Regex.IsMatch(module, $@"(^|.*\.)({pattern})$", RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(100));
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            return module.EndsWith(pattern, StringComparison.Ordinal);
        }
    }

    private JsonElement? Find(JsonElement json, string name) =>
        json.TryGetProperty(_component.Length == 0 ? name : $"{_component}.{name}", out var value) ? value : null;
}
