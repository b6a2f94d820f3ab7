namespace Gesso.Engine.Library;

/// <summary>Finds models by name.</summary>
public static class ModelLibrary
{
    public static ModelSource Resolve(string? pathOrName, CompanionFiles companions, IReadOnlyList<int>? axes)
    {
        string path = pathOrName ?? Ancestors().Select(d => Path.Combine(d, "models", "gesso-mini")).First(Directory.Exists);
        return new ModelSource { Path = path, Companions = companions, Axes = axes };
    }

    /// <summary>Where pulled models go.</summary>
    public static string InstallRoot() => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "gesso", "models");

    private static IEnumerable<string> Ancestors()
    {
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d is not null; d = d.Parent)
            yield return d.FullName;
    }
}
