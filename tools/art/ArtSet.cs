using Gesso.Contracts.Errors;

namespace Gesso.Art;

/// <summary>A set of emoji artwork that npm serves as SVG bodies in JSON.</summary>
/// <param name="Style">The word for it in captions.</param>
/// <param name="Package">The npm package.</param>
/// <param name="IsKnown">Whether the bundled model was trained on it.</param>
internal sealed record ArtSet(string Style, string Package, bool IsKnown)
{
    public static IReadOnlyList<ArtSet> All { get; } =
    [
        new("fxemoji", "@iconify-json/fxemoji", IsKnown: false),
        new("openmoji", "@iconify-json/openmoji", IsKnown: false),
        new("noto", "@iconify-json/noto", IsKnown: true),
        new("twemoji", "@iconify-json/twemoji", IsKnown: true),
        new("fluent", "@iconify-json/fluent-emoji", IsKnown: true),
        new("flat", "@iconify-json/fluent-emoji-flat", IsKnown: true),
    ];

    /// <exception cref="GessoException"><c>unknown_style</c>.</exception>
    public static ArtSet Find(string style) => All.FirstOrDefault(s => s.Style == style)
        ?? throw GessoException.Invalid("unknown_style", $"There is no style \"{style}\". Styles: {string.Join(", ", All.Select(s => s.Style))}.");
}
