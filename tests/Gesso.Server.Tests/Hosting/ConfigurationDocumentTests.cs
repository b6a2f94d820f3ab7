using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using Gesso.Server.Hosting;
using Gesso.Testing;

namespace Gesso.Server.Tests.Hosting;

public sealed class ConfigurationDocumentTests
{
    [Fact]
    public void Every_field_is_in_the_document()
    {
        string text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "configuration.md"));
        string[] fields = [.. Fields(typeof(ServerOptions), ""), .. Fields(typeof(ModelOptions), "models:NAME:")];

        Assert.True(fields.Length > 40, "The options were not found.");
        Assert.DoesNotContain(
            fields, field => !text.Contains($"`{field}`", StringComparison.Ordinal) && !text.Contains($"`{field[(field.LastIndexOf(':') + 1)..]}`", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_field_that_a_document_names_exists()
    {
        var fields = Fields(typeof(ServerOptions), "").ToHashSet(StringComparer.Ordinal);
        string[] sections = [.. fields.Where(f => f.Contains(':', StringComparison.Ordinal)).Select(f => f[..f.IndexOf(':', StringComparison.Ordinal)]).Distinct()];
        Regex named = new($@"`({string.Join('|', sections)}):([A-Za-z]+)");
        var documents = new[] { "docs", "deploy" }.SelectMany(f => Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, f), "*.md", SearchOption.AllDirectories));

        var found = documents.SelectMany(d => named.Matches(File.ReadAllText(d)).Select(m => m.Value[1..])).ToHashSet(StringComparer.Ordinal);

        Assert.Contains("drain:grace", found);
        Assert.Empty(found.Except(fields));
    }

    private static IEnumerable<string> Fields(Type type, string prefix)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            string name = prefix + char.ToLowerInvariant(property.Name[0]) + property.Name[1..];
            bool simple = property.PropertyType.IsPrimitive || property.PropertyType == typeof(string) || property.PropertyType == typeof(TimeSpan)
                || Nullable.GetUnderlyingType(property.PropertyType) is not null || typeof(IEnumerable).IsAssignableFrom(property.PropertyType);
            foreach (string field in property.Name == "Models" ? [] : simple ? [name] : Fields(property.PropertyType, name + ":"))
                yield return field;
        }
    }
}
