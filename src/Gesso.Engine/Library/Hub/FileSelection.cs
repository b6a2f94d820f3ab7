using System.Text.RegularExpressions;
using Gesso.Contracts.Errors;

namespace Gesso.Engine.Library.Hub;

/// <summary>
/// Which files of a repo to pull. A diffusers repo often holds the same weights two or three times (component folders, one big checkpoint, half-precision
/// variants, .bin): only the component folders that model_index.json names are taken, each in one form.
/// </summary>
internal static partial class FileSelection
{
    public const string ModelIndex = "model_index.json";
    private const int MostChoicesShown = 20;

    /// <summary>Small files beside the weights: configurations, tokenizers, chat templates.</summary>
    private static readonly string[] s_plain = [".json", ".txt", ".model", ".jinja"];
    private static readonly string[] s_weights = [".safetensors", ".gguf", ".sft"];
    private static readonly string[] s_unsafe = [".bin", ".pt", ".pth", ".ckpt", ".msgpack", ".h5"];

    /// <param name="files">All files of the repo.</param>
    /// <param name="components">The folders named by model_index.json; null: the repo has none.</param>
    /// <param name="singleFile">Path or name of the one file wanted; null: everything a pipeline needs.</param>
    /// <param name="repo">For messages.</param>
    /// <exception cref="GessoException"><c>file_not_found</c>, <c>choose_a_file</c>, <c>no_safetensors</c>, <c>repo_incomplete</c>.</exception>
    public static List<HubFile> Choose(IReadOnlyList<HubFile> files, IReadOnlyList<string>? components, string? singleFile, string repo)
    {
        if (singleFile is not null)
            return [Single(files, singleFile, repo)];
        if (components is not null)
            return Pipeline(files, components, repo);
        if (files.Any(file => file.Path == "config.json") && files.Any(file => file.Folder.Length == 0 && Has(file, [".safetensors"])))
            return [.. Papers(files), .. Component(files, "", repo)];
        return [.. Papers(files), OnlyWeights(files, repo)];
    }

    private static HubFile Single(IReadOnlyList<HubFile> files, string wanted, string repo)
    {
        HubFile[] found = [.. files.Where(file => file.Path == wanted)];
        if (found.Length == 0)
            found = [.. files.Where(file => string.Equals(file.Name, wanted, StringComparison.OrdinalIgnoreCase))];
        if (found.Length == 1)
            return found[0];
        string choices = Choices(files.Where(file => Has(file, s_weights)));
        throw GessoException.Invalid("file_not_found",
            $"{repo} has {(found.Length == 0 ? "no" : "more than one")} file '{wanted}'. Its weights are: {choices}.");
    }

    private static List<HubFile> Pipeline(IReadOnlyList<HubFile> files, IReadOnlyList<string> components, string repo)
    {
        List<HubFile> chosen = [.. files.Where(file => file.Path == ModelIndex), .. Papers(files)];
        foreach (string component in components)
        {
            List<HubFile> part = Component(files, component, repo);
            if (part.Count == 0)
            {
                throw GessoException.Refused("repo_incomplete",
                    $"{ModelIndex} of {repo} names the folder '{component}', but the repo has no such folder. Pull another repo of this model.");
            }
            chosen.AddRange(part);
        }
        return chosen;
    }

    private static List<HubFile> Component(IReadOnlyList<HubFile> files, string folder, string repo)
    {
        HubFile[] here = [.. files.Where(file => file.Folder == folder && file.Path != ModelIndex)];
        HubFile[] weights = [.. here.Where(file => Has(file, [".safetensors"]))];
        if (weights.Length == 0 && here.Any(file => Has(file, s_unsafe)))
        {
            throw GessoException.Refused("no_safetensors",
                $"'{(folder.Length == 0 ? repo : folder)}' holds weights only as Python pickles, which can run code when read. "
                + "Pull a repo with .safetensors files.");
        }
        List<HubFile> chosen = OneForm(weights);
        HashSet<string> forms = [.. chosen.Select(file => Form(file.Name))];
        bool Wanted(HubFile file) => Has(file, s_plain) && (!IsWeightIndex(file.Name) || forms.Contains(Form(file.Name)));
        return [.. here.Where(Wanted), .. chosen];
    }

    /// <summary>
    /// Weights with the same content in several forms: whole or in shards, full or half precision. Full precision as published first,
    /// bf16 before fp16, shards before a whole file of the same form (diffusers reads them so).
    /// </summary>
    private static List<HubFile> OneForm(HubFile[] weights)
    {
        if (weights.Length == 0)
            return [];
        static int Rank(string variant) => variant switch { "" => 0, "bf16" => 1, "fp16" => 2, _ => 3 };
        return [.. weights
            .GroupBy(file => Form(file.Name))
            .OrderBy(form => Rank(Variant(form.Key)))
            .ThenByDescending(form => form.Count())
            .ThenBy(form => form.Key, StringComparer.Ordinal)
            .First()];
    }

    /// <summary>Stem, variant and whether in shards: <c>model.fp16-00001-of-00002.safetensors</c> and its index give <c>model.fp16 sharded</c>.</summary>
    private static string Form(string name)
    {
        if (IsWeightIndex(name))
        {
            // model.safetensors.index.json, model.safetensors.index.fp16.json
            Match index = IndexName().Match(name);
            return $"{index.Groups[1].Value}{index.Groups[2].Value} sharded{(name.Contains(".safetensors.", StringComparison.Ordinal) ? "" : " other")}";
        }
        Match shard = ShardName().Match(name);
        return shard.Success ? $"{shard.Groups[1].Value} sharded" : Path.GetFileNameWithoutExtension(name);
    }

    private static string Variant(string form)
    {
        string stem = form.Split(' ')[0];
        int dot = stem.LastIndexOf('.');
        return dot < 0 ? "" : stem[(dot + 1)..];
    }

    private static bool IsWeightIndex(string name) => IndexName().IsMatch(name);

    private static HubFile OnlyWeights(IReadOnlyList<HubFile> files, string repo)
    {
        HubFile[] weights = [.. files.Where(file => file.Folder.Length == 0 && Has(file, s_weights))];
        if (weights.Length == 1)
            return weights[0];
        throw weights.Length == 0
            ? GessoException.Refused("no_safetensors", $"{repo} has neither {ModelIndex} nor .safetensors or .gguf files at its top: it is not an image model.")
            : GessoException.Invalid("choose_a_file", $"{repo} holds {weights.Length} models; name one with --single-file: {Choices(weights)}.");
    }

    /// <summary>The licence travels with the weights, and the card says what they are.</summary>
    private static IEnumerable<HubFile> Papers(IReadOnlyList<HubFile> files) => files.Where(file =>
        file.Folder.Length == 0 && (file.Name == "README.md" || file.Name.StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase)));

    private static bool Has(HubFile file, string[] extensions) =>
        extensions.Any(extension => file.Name.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    private static string Choices(IEnumerable<HubFile> files)
    {
        string[] names = [.. files.Select(file => file.Size is { } size ? $"{file.Path} ({HubErrors.Size(size)})" : file.Path)];
        string more = names.Length > MostChoicesShown ? $" and {names.Length - MostChoicesShown} more" : "";
        return names.Length == 0 ? "none" : string.Join(", ", names.Take(MostChoicesShown)) + more;
    }

    [GeneratedRegex(@"^(.*?)-\d{5}-of-\d{5}\.safetensors$")]
    private static partial Regex ShardName();

    [GeneratedRegex(@"^(.*?)\.(?:safetensors|bin|msgpack|h5)\.index(\.[A-Za-z0-9_]+)?\.json$")]
    private static partial Regex IndexName();
}
