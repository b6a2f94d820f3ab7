using System.Collections.Frozen;

namespace Gesso.Server.Json;

/// <summary>All fields of one request body or object.</summary>
internal sealed class FieldSet(params Field[] fields)
{
    private readonly FrozenSet<string> _names = fields.Select(f => f.Name).ToFrozenSet(StringComparer.Ordinal);

    public IReadOnlyList<Field> Fields => fields;

    public IEnumerable<string> Names => fields.Where(f => f is not IgnoredField).Select(f => f.Name);

    public bool Knows(string name) => _names.Contains(name);
}
