using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Diffusion.Samplers;
using Gesso.Models.Flux;

namespace Gesso.Engine.Library;

/// <summary>
/// Defaults of a model: those its variant was published with, overridden by <c>gesso.json</c> in its folder:
/// <c>{ "name": …, "defaults": { "size": [w, h], "steps": n, "guidance": g, "cfg": s, "negative": "…", "text_length": n, "sampler": "…" } }</c>.
/// </summary>
internal static class ModelDefaultsFile
{
    public const string FileName = "gesso.json";
    private static readonly string[] Known = ["size", "steps", "guidance", "cfg", "negative", "text_length", "sampler"];

    public static (string? Name, ModelDefaults Defaults) Read(string? folder, FluxVariant variant)
    {
        var published = new ModelDefaults
        {
            Size = new ImageSize(1024, 1024),
            Steps = variant.Steps,
            Guidance = variant.Guidance,
            TrueGuidance = 1,
            NegativePrompt = "",
            TextLength = variant.TextLength,
            Sampler = SamplerCatalog.Euler,
        };
        string path = Path.Combine(folder ?? "", FileName);
        if (folder is null || !File.Exists(path))
            return (null, published);
        return JsonFile.Parse(path, json => Apply(path, json, published));
    }

    private static (string?, ModelDefaults) Apply(string path, JsonElement json, ModelDefaults published)
    {
        string? name = json.TryGetProperty("name", out var n) ? n.GetString() : null;
        if (!json.TryGetProperty("defaults", out var given))
            return (name, published);
        foreach (var member in given.EnumerateObject())
        {
            if (!Known.Contains(member.Name))
                throw GessoException.Invalid("bad_config", $"{path}: defaults.{member.Name} is unknown; it takes {string.Join(", ", Known)}.");
        }
        var size = published.Size;
        if (given.TryGetProperty("size", out var s))
        {
            int[] sides = [.. s.EnumerateArray().Select(v => v.GetInt32())];
            if (sides.Length != 2 || sides.Any(v => v < 1))
                throw GessoException.Invalid("bad_config", $"{path}: defaults.size must be [width, height].");
            size = new ImageSize(sides[0], sides[1]);
        }
        return (name, published with
        {
            Size = size,
            Steps = given.TryGetProperty("steps", out var steps) ? steps.GetInt32() : published.Steps,
            Guidance = given.TryGetProperty("guidance", out var guidance) ? guidance.GetDouble() : published.Guidance,
            TrueGuidance = given.TryGetProperty("cfg", out var cfg) ? cfg.GetDouble() : published.TrueGuidance,
            NegativePrompt = given.TryGetProperty("negative", out var negative) ? negative.GetString() ?? "" : published.NegativePrompt,
            TextLength = given.TryGetProperty("text_length", out var length) ? length.GetInt32() : published.TextLength,
            Sampler = given.TryGetProperty("sampler", out var sampler) ? SamplerCatalog.Validate(sampler.GetString() ?? "") : published.Sampler,
        });
    }
}
