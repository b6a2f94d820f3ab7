using System.Xml.Linq;

namespace Gesso.Architecture.Tests;

/// <summary>A project file: its name without extension, what it references, where it is.</summary>
internal sealed record Project(string Name, string Path, IReadOnlyList<string> References, IReadOnlyList<string> Packages)
{
    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    public static Project Read(string path)
    {
        XDocument xml = XDocument.Load(path);
        return new Project(
            System.IO.Path.GetFileNameWithoutExtension(path),
            path,
            [.. Includes(xml, "ProjectReference").Select(reference => System.IO.Path.GetFileNameWithoutExtension(reference.Replace('\\', '/')))],
            [.. Includes(xml, "PackageReference")]);
    }

    private static IEnumerable<string> Includes(XDocument xml, string item) =>
        xml.Descendants().Where(e => e.Name.LocalName == item).Select(e => (string?)e.Attribute("Include")).OfType<string>();
}

/// <summary>The working tree these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    public static IReadOnlyList<Project> Projects { get; } =
        [.. Files("*.csproj").Select(Project.Read).OrderBy(project => project.Path, StringComparer.Ordinal)];

    public static IReadOnlyList<Project> ProjectsIn(string folder) =>
        [.. Projects.Where(project => Relative(project.Path).StartsWith($"{folder}/", StringComparison.Ordinal))];

    /// <summary>Every file of that pattern, build output aside.</summary>
    public static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateDirectories(Root)
            .Where(folder => Path.GetFileName(folder) is not ("artifacts" or "out" or ".git"))
            .SelectMany(folder => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories))
            .Where(file => !Relative(file).Split('/').Any(part => part is "bin" or "obj" or "node_modules"));

    /// <summary>The path below the root, with forward slashes.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    public static string ReadText(params ReadOnlySpan<string> path) => File.ReadAllText(Path.Combine([Root, .. path]));

    private static string FindRoot(string folder)
    {
        for (string? at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            if (File.Exists(Path.Combine(at, "Gesso.slnx")))
                return at;
        }
        throw new InvalidOperationException($"No Gesso.slnx in {folder} or above: run these tests from the repository's own build output.");
    }
}
