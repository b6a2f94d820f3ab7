using System.Text.Json;

namespace Gesso.Art;

/// <summary>
/// What icons show, in the words of Unicode's short names ("red apple"). Most sets name their icons after them; Firefox's has names of its own, which are found by
/// leaving out blanks, or in a table.
/// </summary>
internal sealed class IconNames
{
    private readonly Dictionary<string, string> _things;
    private readonly Dictionary<string, string> _own = [];

    /// <param name="set">Whose icons.</param>
    /// <param name="shortNames">Icons of a set that is named after Unicode's short names.</param>
    public IconNames(ArtSet set, IEnumerable<string> shortNames)
    {
        var names = shortNames.Where(n => !n.Contains("skin-tone", StringComparison.Ordinal)).ToDictionary(n => n.Replace("-", ""), n => n.Replace('-', ' '));
        _things = names;
        using var table = typeof(IconNames).Assembly.GetManifestResourceStream($"{set.Style}.names.json");
        if (table is not null)
            _own = JsonSerializer.Deserialize<Dictionary<string, string>>(table)!;
    }

    /// <summary>Null: nobody would know what it shows.</summary>
    public string? Of(string icon) => _own.GetValueOrDefault(icon) ?? _things.GetValueOrDefault(icon.Replace("-", ""));
}
