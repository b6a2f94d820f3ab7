using System.Security.Cryptography;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine.Recipes;

namespace Gesso.Engine.Library;

/// <summary>Finds adapter files by name: in <c>GESSO_ADAPTERS</c> (a path list) and the user's data folder (<c>gesso/adapters</c>).</summary>
public sealed class AdapterLibrary(IReadOnlyList<string> roots)
{
    private const string Extension = ".safetensors";

    // what cannot be read, or begins with a dot as half-finished downloads do, is not there
    private static readonly EnumerationOptions s_listing = new() { IgnoreInaccessible = true };

    /// <summary>The library of this process.</summary>
    public static AdapterLibrary Default { get; } = Of(Environment.GetEnvironmentVariable("GESSO_ADAPTERS"));

    public IReadOnlyList<string> Roots { get; } = roots;

    /// <summary>These folders, then the user's.</summary>
    /// <param name="folders">A path list as <c>GESSO_ADAPTERS</c> holds one; null: none.</param>
    public static AdapterLibrary Of(string? folders) => new([
        .. (folders ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Path.GetFullPath),
        Path.Combine(Path.GetDirectoryName(ModelLibrary.InstallRoot())!, "adapters")]);

    /// <summary>Every file found, by name; the first of a name wins.</summary>
    public IReadOnlyList<(string Name, string Path)> List() =>
        [.. Roots.SelectMany(Files).Select(f => (Name: Path.GetFileNameWithoutExtension(f), Path: f)).DistinctBy(f => f.Name, StringComparer.OrdinalIgnoreCase)];

    /// <summary>The file of a name; null: none has it. Unlike <see cref="Resolve"/> it takes no paths, so it is safe with names of strangers.</summary>
    public string? Find(string name) => List().FirstOrDefault(f => string.Equals(f.Name, name, StringComparison.OrdinalIgnoreCase)).Path;

    /// <summary>What a user wrote: a path, or the name of a file of the library.</summary>
    /// <exception cref="GessoException"><c>adapter_not_found</c> with what there is.</exception>
    public string Resolve(string pathOrName)
    {
        if (File.Exists(pathOrName))
            return pathOrName;
        return Find(pathOrName) ?? throw GessoException.Invalid("adapter_not_found",
            $"There is no adapter \"{pathOrName}\": no such file, and {string.Join(", ", Roots)} {(Roots.Count == 1 ? "holds" : "hold")} {string.Join(", ", List().Select(f => f.Name).DefaultIfEmpty("none"))}. Give the path of a safetensors file.");
    }

    /// <summary><c>NAME|PATH[:WEIGHT]</c>, as on the command line.</summary>
    /// <exception cref="GessoException"><c>adapter_not_found</c></exception>
    public ImageAdapter Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (File.Exists(text))
            return new ImageAdapter(text);
        var (name, weight) = AdapterText.Parse(text);
        return new ImageAdapter(Resolve(name), weight);
    }

    /// <summary>The files that a recipe was drawn with: of the name it tells, and with the same content.</summary>
    /// <param name="recipe">Where they are named.</param>
    /// <param name="folders">Where else to look, for example beside the picture.</param>
    /// <exception cref="GessoException"><c>recipe_needs_adapter</c></exception>
    public IReadOnlyList<ImageAdapter> Find(Recipe recipe, params IEnumerable<string> folders)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        string[] files = [.. folders.Concat(Roots).SelectMany(Files).Distinct()];
        return [.. recipe.Adapters.Select(a => new ImageAdapter(files.FirstOrDefault(f => IsNamed(f, a.Name) && Hash(f) == a.Sha256) ?? throw Missing(a, files), a.Weight))];
    }

    private static bool IsNamed(string file, string name) => string.Equals(Path.GetFileNameWithoutExtension(file), name, StringComparison.OrdinalIgnoreCase);

    private static string Hash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static GessoException Missing(RecipeAdapter adapter, string[] files)
    {
        string other = files.FirstOrDefault(f => IsNamed(f, adapter.Name)) is { } found ? $"; {found} has that name and another content" : "";
        return GessoException.Invalid("recipe_needs_adapter",
            $"The recipe was drawn with the adapter {adapter.Name} (SHA-256 {adapter.Sha256}), which was not found{other}. Give adapters with --lora, or put the file beside the picture.");
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*" + Extension, s_listing).Order(StringComparer.Ordinal) : [];
}
