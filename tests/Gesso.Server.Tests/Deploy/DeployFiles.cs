using System.Text.Json;
using System.Text.RegularExpressions;
using Gesso.Testing;
using YamlDotNet.RepresentationModel;

namespace Gesso.Server.Tests.Deploy;

/// <summary>What lies under <c>deploy/</c>, and the names in the sources that it must agree with.</summary>
internal static partial class DeployFiles
{
    public static string Root { get; } = Path.Combine(RepositoryRoot.Path, "deploy");

    public static IEnumerable<string> All(string pattern) => Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    public static string Read(params ReadOnlySpan<string> names) => File.ReadAllText(Path.Combine([Root, .. names]));

    public static IReadOnlyList<YamlNode> Yaml(string path)
    {
        using StreamReader reader = new(path);
        YamlStream stream = [];
        stream.Load(reader);
        return [.. stream.Documents.Select(d => d.RootNode)];
    }

    /// <summary>Every scalar below a key of that name, wherever it stands.</summary>
    public static IEnumerable<string> Values(YamlNode node, string key) => node switch
    {
        YamlMappingNode map => map.Children.SelectMany(c => ((YamlScalarNode)c.Key).Value == key ? Scalars(c.Value) : Values(c.Value, key)),
        YamlSequenceNode list => list.Children.SelectMany(c => Values(c, key)),
        _ => [],
    };

    /// <summary>Every string below a property of that name.</summary>
    public static IEnumerable<string> Values(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => p.Name == name && p.Value.ValueKind == JsonValueKind.String ? [p.Value.GetString()!] : Values(p.Value, name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(e => Values(e, name)),
        _ => [],
    };

    /// <summary>Metric names that the sources make, as they stand in their literals.</summary>
    public static IReadOnlySet<string> MetricsInSources() => Sources("src")
        .SelectMany(text => MetricLiteral().Matches(text).Select(m => m.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Options that any command takes.</summary>
    public static IReadOnlySet<string> OptionsInSources() => Sources("src/Gesso.Cli")
        .SelectMany(text => OptionLiteral().Matches(text).Select(m => m.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, folder), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText);

    private static IEnumerable<string> Scalars(YamlNode node) => node switch
    {
        YamlScalarNode scalar => [scalar.Value ?? ""],
        YamlSequenceNode list => list.Children.SelectMany(Scalars),
        _ => [],
    };

    [GeneratedRegex("\"((?:gesso|process|dotnet)_[a-z0-9_]+)\"")]
    private static partial Regex MetricLiteral();

    [GeneratedRegex("\"(--[a-z][a-z0-9-]*)\"")]
    private static partial Regex OptionLiteral();
}
