using Gesso.Contracts.Errors;
using Gesso.Engine.Library.Hub;

namespace Gesso.Engine.Library;

/// <summary>A model that can be named.</summary>
/// <param name="Name">What <c>--model</c> takes: the folder's or file's own name.</param>
/// <param name="Path">Folder or file.</param>
/// <param name="Root">The folder of models it was found in.</param>
public sealed record InstalledModel(string Name, string Path, string Root);

/// <summary>
/// Finds models by name. Roots, in order: <c>GESSO_MODELS</c> (a path list), <c>models</c> beside the program, <c>models</c> of the checkout
/// the program was built in, and the user's data folder, where <c>gesso pull</c> puts them.
/// </summary>
public sealed class ModelLibrary
{
    /// <summary>The model that comes with Gesso and is used when none is named.</summary>
    public const string Bundled = "gesso-mini";

    private static readonly string[] FileExtensions = [".safetensors", ".gguf", ".sft"];

    public ModelLibrary(IReadOnlyList<string> roots) => Roots = roots;

    /// <summary>The library of this process.</summary>
    public static ModelLibrary Default { get; } = new(DefaultRoots(Environment.GetEnvironmentVariable, AppContext.BaseDirectory, InstallRoot()));

    public IReadOnlyList<string> Roots { get; }

    /// <summary>Where pulled models go: <c>XDG_DATA_HOME/gesso/models</c>, usually ~/.local/share/gesso/models.</summary>
    public static string InstallRoot() => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "gesso", "models");

    /// <summary>Every model found; the first of a name wins, as it does in <see cref="Resolve"/>.</summary>
    public IReadOnlyList<InstalledModel> List()
    {
        List<InstalledModel> models = [];
        foreach (string root in Roots.Where(Directory.Exists))
        {
            foreach (string folder in Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal))
            {
                if (File.Exists(Path.Combine(folder, "model_index.json")))
                    models.Add(new InstalledModel(Path.GetFileName(folder), folder, root));
                else if (Weights(folder) is [var only])                                      // a single file that was pulled into a folder of its own
                    models.Add(new InstalledModel(Path.GetFileName(folder), only, root));
            }
            foreach (string file in Weights(root))
                models.Add(new InstalledModel(Path.GetFileNameWithoutExtension(file), file, root));
        }
        return [.. models.DistinctBy(m => m.Name, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>What a user wrote after <c>--model</c>: a path, a name, a short or full name of the hub once it is pulled; null is the bundled model.</summary>
    /// <exception cref="GessoException"><c>model_not_found</c> with what is installed and how to get the model.</exception>
    public ModelSource Resolve(string? pathOrName, CompanionFiles companions, IReadOnlyList<int>? axes = null)
    {
        string path = pathOrName switch
        {
            null => Named(Bundled)?.Path ?? throw NotFound(Bundled),
            _ when File.Exists(pathOrName) || Directory.Exists(pathOrName) => pathOrName,
            _ => (Named(pathOrName) ?? Pulled(pathOrName))?.Path ?? throw NotFound(pathOrName),
        };
        return new ModelSource { Path = path, Companions = companions, Axes = axes };
    }

    internal static IReadOnlyList<string> DefaultRoots(Func<string, string?> environment, string application, string installRoot)
    {
        List<string> roots = [.. (environment("GESSO_MODELS") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)];
        roots.Add(Path.Combine(application, "models"));
        for (var d = new DirectoryInfo(application); d is not null; d = d.Parent)
        {
            if (File.Exists(Path.Combine(d.FullName, "Gesso.slnx")))
                roots.Add(Path.Combine(d.FullName, "models"));
        }
        roots.Add(installRoot);
        return [.. roots.Distinct()];
    }

    private static string[] Weights(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(f => FileExtensions.Contains(Path.GetExtension(f))).Order(StringComparer.Ordinal)];

    private InstalledModel? Named(string name) => List().FirstOrDefault(m => string.Equals(m.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Pulled models lie in folders named owner--name; people call them by the short name or by owner/name.</summary>
    private InstalledModel? Pulled(string name)
    {
        string repo = KnownModel.Find(name)?.Repo ?? name;
        return Named(repo.Replace("/", "--", StringComparison.Ordinal));
    }

    private GessoException NotFound(string wanted)
    {
        string installed = string.Join(", ", List().Select(m => m.Name).DefaultIfEmpty("none"));
        string how = KnownModel.Find(wanted) is { } known
            ? $"`gesso pull {known.Name}` downloads it ({known.ApproximateSize}, {known.License})."
            : EditDistance.Closest(wanted, List().Select(m => m.Name).Concat(KnownModel.All.Select(m => m.Name))) is { } close ? $"Did you mean {close}?" : "Give a path, one of these names, or see `gesso pull --list`.";
        return GessoException.Invalid("model_not_found", $"There is no model \"{wanted}\". Installed: {installed}. {how}");
    }
}
