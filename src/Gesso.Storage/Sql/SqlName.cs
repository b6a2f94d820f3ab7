using System.Collections.Frozen;
using System.Text.Json;

namespace Gesso.Storage.Sql;

/// <summary>Enum members as stored: snake_case, so that a table reads well and a renumbered enum does no harm.</summary>
internal static class SqlName<T>
    where T : struct, Enum
{
    private static readonly FrozenDictionary<T, string> Names =
        Enum.GetValues<T>().ToFrozenDictionary(v => v, v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()));

    private static readonly FrozenDictionary<string, T> Values = Names.ToFrozenDictionary(p => p.Value, p => p.Key);

    public static string Of(T value) => Names[value];

    public static T Parse(string name) => Values[name];
}
