using System.Globalization;
using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Microsoft.Extensions.AI;

namespace Gesso.Client;

/// <summary>Fields of a job that <see cref="ImageGenerationOptions"/> has no member for. An unknown name is refused: a seed that is quietly ignored costs more than an error.</summary>
internal static class AdditionalWork
{
    private static readonly Dictionary<string, Func<JobRequest, object, JobRequest>> s_fields = new(StringComparer.OrdinalIgnoreCase)
    {
        ["seed"] = (work, value) => work with { Seed = Whole(value, "seed") },
        ["steps"] = (work, value) => work with { Steps = Integer(value, "steps") },
        ["guidance"] = (work, value) => work with { Guidance = Number(value, "guidance") },
        ["true_guidance"] = (work, value) => work with { TrueGuidance = Number(value, "true_guidance") },
        ["strength"] = (work, value) => work with { Strength = Number(value, "strength") },
        ["negative_prompt"] = (work, value) => work with { NegativePrompt = Text(value) },
        ["prompt_2"] = (work, value) => work with { Prompt2 = Text(value) },
        ["sampler"] = (work, value) => work with { Sampler = Text(value) },
        ["quality"] = (work, value) => work with { Quality = Text(value) },
        ["output_compression"] = (work, value) => work with { OutputCompression = Integer(value, "output_compression") },
        ["adapters"] = (work, value) => work with { Adapters = Adapters(value) },
        ["priority"] = (work, value) => work with { Priority = Integer(value, "priority") },
        ["deadline_seconds"] = (work, value) => work with { Deadline = TimeSpan.FromSeconds(Number(value, "deadline_seconds")) },
    };

    public static IReadOnlyCollection<string> Names => s_fields.Keys;

    public static JobRequest Apply(JobRequest work, AdditionalPropertiesDictionary? properties)
    {
        foreach (var (name, value) in properties ?? [])
        {
            if (!s_fields.TryGetValue(name, out var apply))
                throw GessoException.Invalid("unknown_field", $"Additional property \"{name}\" is not known; known are {string.Join(", ", Names)}.");
            if (value is not null)
                work = apply(work, value);
        }
        return work;
    }

    /// <summary>Text such as <c>brand:0.8, ink</c>, a list of such texts or of records, or either from JSON.</summary>
    private static IReadOnlyList<JobAdapter> Adapters(object value) => value switch
    {
        JsonElement { ValueKind: JsonValueKind.String } json => Adapters(json.GetString()!),
        JsonElement { ValueKind: JsonValueKind.Array } json => [.. json.EnumerateArray().SelectMany(item => item.ValueKind == JsonValueKind.Object ? [One(item)] : Adapters(item))],
        string text => [.. AdapterText.ParseList(text).Select(a => new JobAdapter(a.Name, a.Weight))],
        IEnumerable<JobAdapter> adapters => [.. adapters],
        IEnumerable<string> texts => [.. texts.Select(AdapterText.Parse).Select(a => new JobAdapter(a.Name, a.Weight))],
        _ => throw Bad("adapters", value, "names with weights such as brand:0.8, or a list of JobAdapter"),
    };

    private static JobAdapter One(JsonElement json) => json.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
        ? new JobAdapter(name.GetString()!, json.TryGetProperty("weight", out var weight) ? Number(weight, "adapters") : 1)
        : throw Bad("adapters", json, "objects with name and weight");

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static double Number(object value, string name) =>
        double.TryParse(Text(value), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : throw Bad(name, value, "a number");

    private static int Integer(object value, string name)
    {
        long number = Whole(value, name);
        return number is >= int.MinValue and <= int.MaxValue ? (int)number : throw Bad(name, value, "a whole number of up to nine digits");
    }

    private static long Whole(object value, string name)
    {
        // the numbers of JSON arrive as elements, those of other libraries as doubles
        string text = value is JsonElement { ValueKind: JsonValueKind.Number } element ? element.GetRawText() : Text(value);
        return long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out long number) ? number : throw Bad(name, value, "a whole number");
    }

    private static GessoException Bad(string name, object value, string expected) =>
        GessoException.Invalid("bad_value", $"Additional property \"{name}\" is \"{Text(value)}\"; expected {expected}.");
}
