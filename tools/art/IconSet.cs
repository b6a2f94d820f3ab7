using System.Text.Json;

namespace Gesso.Art;

/// <summary>The icons of a package (the IconifyJSON type of @iconify/types): an SVG body each, by name, with the size of its canvas.</summary>
internal sealed class IconSet
{
    private readonly JsonElement _icons;
    private readonly JsonElement _info;
    private readonly double _width;
    private readonly double _height;

    public IconSet(NpmPackage package)
    {
        var document = JsonDocument.Parse(package.Read("icons.json")).RootElement;
        _icons = document.GetProperty("icons");
        _width = Number(document, "width") ?? 16;
        _height = Number(document, "height") ?? 16;
        _info = JsonDocument.Parse(package.Read("info.json")).RootElement;
        Names = [.. _icons.EnumerateObject().Where(i => !IsHidden(i.Value)).Select(i => i.Name).Order(StringComparer.Ordinal)];
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Whom to name, and under which licence, in one line.</summary>
    public string Attribution
    {
        get
        {
            var author = _info.GetProperty("author");
            var licence = _info.GetProperty("license");
            return $"{_info.GetProperty("name")} by {author.GetProperty("name")} ({author.GetProperty("url")}), {licence.GetProperty("spdx")} ({licence.GetProperty("url")})";
        }
    }

    /// <summary>A whole SVG document.</summary>
    public string Svg(string name)
    {
        var icon = _icons.GetProperty(name);
        double left = Number(icon, "left") ?? 0, top = Number(icon, "top") ?? 0, width = Number(icon, "width") ?? _width, height = Number(icon, "height") ?? _height;
        return FormattableString.Invariant(
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {width} {height}" width="{width}" height="{height}">{icon.GetProperty("body").GetString()}</svg>""");
    }

    private static bool IsHidden(JsonElement icon) => icon.TryGetProperty("hidden", out var hidden) && hidden.ValueKind == JsonValueKind.True;

    private static double? Number(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetDouble() : null;
}
