using System.Collections;
using System.Reflection;
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
