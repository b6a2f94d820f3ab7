using System.Net;
using Gesso.Contracts.Images;
using NetVips;

namespace Gesso.Typography.Tests.Verification.Oracle;

/// <summary>
/// Pango with its own HarfBuzz, FriBidi and FreeType, through libvips: shares no code with what draws our text. Only tests and benches use it: its native package is
/// 60 MB under the LGPL, and what it proves about a font and a string holds wherever the same code runs.
/// </summary>
internal static class PangoRenderer
{
    private static readonly Lazy<string?> Reason = new(() =>
    {
        try
        {
            return NetVips.NetVips.AtLeastLibvips(8, 10) ? null : "libvips is too old";
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or VipsException)
        {
            return $"libvips cannot be loaded: {e.Message}";
        }
    });

    /// <summary>Why it cannot be used; null: it can.</summary>
    public static string? Missing => Reason.Value;

    /// <summary>
    /// Coverage of a line, cropped to its ink. It is drawn with one pixel for each unit of the font and then shrunk: Pango rounds advances to whole pixels, and so
    /// nothing is lost.
    /// </summary>
    /// <param name="family">The name that the file gives itself.</param>
    /// <param name="unitsPerEm">Of the font.</param>
    /// <param name="shrink">By what; the em is <paramref name="unitsPerEm"/> / <paramref name="shrink"/> then.</param>
    public static RasterImage Mask(string text, string fontFile, string family, int unitsPerEm, int shrink) => Draw(WebUtility.HtmlEncode(text), fontFile, family, unitsPerEm, shrink);

    /// <summary>The same of a line in several fonts; levels, order, joining and places stay Pango's own.</summary>
    /// <param name="parts">In logical order, each with a font's description: family and style.</param>
    /// <param name="fontFiles">Where those fonts are.</param>
    /// <param name="language">Fonts have forms for it (Korean spaces are wider); null: Pango's own guess.</param>
    public static RasterImage Mask(IReadOnlyList<(string Text, string Font)> parts, IReadOnlyList<string> fontFiles, int unitsPerEm, int shrink, string? language)
    {
        foreach (string file in fontFiles)
        {
            if (Known.Add(file))
                Image.Text("x", fontfile: file).Dispose();
        }
        string markup = string.Concat(parts.Select(part => $"<span font_desc=\"{part.Font} {unitsPerEm}\">{WebUtility.HtmlEncode(part.Text)}</span>"));
        return Draw(language is null ? markup : $"<span lang=\"{language}\">{markup}</span>", fontFiles[0], parts[0].Font, unitsPerEm, shrink);
    }

    /// <summary>Files that Pango was told of.</summary>
    private static readonly HashSet<string> Known = [];

    private static RasterImage Draw(string markup, string fontFile, string font, int unitsPerEm, int shrink)
    {
        using var drawn = Image.Text(markup, font: $"{font} {unitsPerEm}", fontfile: fontFile, dpi: 72);
        if (shrink == 1)
            return new RasterImage(drawn.Width, drawn.Height, 1, drawn.WriteToMemory<byte>());
        using var image = drawn.Shrink(shrink, shrink, ceil: true);
        return new RasterImage(image.Width, image.Height, 1, image.WriteToMemory<byte>());
    }
}
