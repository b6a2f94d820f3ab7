namespace Gesso.Formats.Tests.Golden;

/// <summary>
/// The folders of frozen reference data: <c>GESSO_GOLDEN</c> (a path list), else <c>tests/golden</c> of this checkout and <c>shared/golden</c> beside it
/// or above it.
/// </summary>
internal static class GoldenRoots
{
    public static IReadOnlyList<string> All { get; } = Find();

    /// <summary>Paths of one table in every root that has it; fails when none has.</summary>
    public static IReadOnlyList<string> Tables(string name)
    {
        var paths = All.Select(root => Path.Combine(root, "tables", name)).Where(File.Exists).ToList();
        Assert.True(paths.Count > 0, $"No golden root has tables/{name}; roots: {string.Join(", ", All)}.");
        return paths;
    }

    /// <summary>Model files with one of the extensions under the given folders of every root; fails when there is none.</summary>
    public static IReadOnlyList<string> Files(IEnumerable<string> folders, params string[] extensions)
    {
        var paths = (from root in All
                     from folder in folders
                     let path = Path.Combine(root, folder)
                     where Directory.Exists(path)
                     from file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                     where extensions.Contains(Path.GetExtension(file))
                     orderby file
                     select file).ToList();
        Assert.True(paths.Count > 0, $"No golden root has a {string.Join(" or ", extensions)} file; roots: {string.Join(", ", All)}.");
        return paths;
    }

    private static List<string> Find()
    {
        if (Environment.GetEnvironmentVariable("GESSO_GOLDEN") is { Length: > 0 } list)
            return [.. list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        var roots = new List<string>();
        foreach (var relative in new[] { Path.Combine("tests", "golden"), Path.Combine("shared", "golden") })
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                var candidate = Path.Combine(folder.FullName, relative);
                if (!Directory.Exists(candidate))
                    continue;
                roots.Add(candidate);
                break;
            }
        }

        Assert.NotEmpty(roots);
        return roots;
    }
}
