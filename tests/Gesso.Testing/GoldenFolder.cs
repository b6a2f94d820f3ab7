using System.Text.Json;

namespace Gesso.Testing;

/// <summary>One case of a golden folder: what to run, and where what comes out is kept.</summary>
public sealed record GoldenCase(GoldenFolder Folder, string Name, string Kind, string Area, JsonElement Json)
{
    public string Path => System.IO.Path.Combine(Folder.Root, Json.GetProperty("$path").GetString()!);

    public string TensorsPath => System.IO.Path.Combine(Path, "tensors.safetensors");

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string? Text(string name) => Json.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;

    public double? Number(string name) => Json.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.Number ? v.GetDouble() : null;

    public double Tolerance(string name) => Json.GetProperty("tolerance").GetProperty(name).GetDouble();

    public override string ToString() => $"{Folder.Label}:{Name}";
}

/// <summary>
/// A folder of reference results (manifest.json, cases, tables, models). Folders come from <c>GESSO_GOLDEN</c> (a path list); by default
/// they are tests/golden, models/gesso-mini/golden and, where it exists, shared/golden beside the checkout.
/// </summary>
public sealed class GoldenFolder
{
    private GoldenFolder(string root)
    {
        Root = root;
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, "manifest.json")));
        Cases = [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(Case)];
    }

    public string Root { get; }

    public string Label => string.Join('/', Root.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).TakeLast(2));

    public IReadOnlyList<GoldenCase> Cases { get; }

    public string Table(string name) => Path.Combine(Root, "tables", name);

    public static IReadOnlyList<GoldenFolder> All { get; } = Find();

    /// <summary>The root of the checkout, for files that tests read.</summary>
    public static string Checkout { get; } = Ancestors().First(d => File.Exists(Path.Combine(d, "Gesso.slnx")));

    public override string ToString() => Label;

    private GoldenCase Case(JsonElement entry)
    {
        string path = entry.GetProperty("path").GetString()!;
        var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Root, path, "case.json"))).RootElement;
        var withPath = JsonSerializer.SerializeToElement(
            json.EnumerateObject().ToDictionary(p => p.Name, p => p.Value).Append(new("$path", JsonSerializer.SerializeToElement(path))).ToDictionary());
        return new GoldenCase(this, entry.GetProperty("name").GetString()!, entry.GetProperty("kind").GetString()!, entry.GetProperty("area").GetString()!, withPath);
    }

    private static List<GoldenFolder> Find()
    {
        string? given = Environment.GetEnvironmentVariable("GESSO_GOLDEN");
        IEnumerable<string> roots = !string.IsNullOrEmpty(given)
            ? given.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            : Ancestors().SelectMany(d => new[] { Path.Combine(d, "tests", "golden"), Path.Combine(d, "models", "gesso-mini", "golden"), Path.Combine(d, "shared", "golden") })
                .Where(d => File.Exists(Path.Combine(d, "manifest.json")));
        return [.. roots.Distinct().Select(r => new GoldenFolder(Path.GetFullPath(r)))];
    }

    private static IEnumerable<string> Ancestors()
    {
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d is not null; d = d.Parent)
            yield return d.FullName;
    }
}
