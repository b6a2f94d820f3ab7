using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Gesso.Contracts.Images;
using NetVips;

namespace Gesso.Typography.Tests.Verification.Oracle;

/// <summary>
/// Pango with its own HarfBuzz, FriBidi and FreeType, through libvips: shares no code with what draws our text. Only tests and benches use it: its native package is
/// 60 MB under the LGPL, and what it proves about a font and a string holds wherever the same code runs.
/// </summary>
internal static class PangoRenderer
{
    /// <summary>For files that Pango reads; it goes with the process.</summary>
    public static Lazy<string> Folder { get; } = new(() =>
    {
        string folder = Directory.CreateTempSubdirectory("gesso-pango-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    });

    private static readonly Lazy<string?> Reason = new(() =>
    {
        try
        {
            LeaveUnhinted();
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
    /// No outline is hinted, as none of ours is: hinted letters of eight times the size, shrunk, have up to 1 % more ink than the outlines, and Tesseract reads Thai
    /// better for it. Fontconfig reads its file once, when the first font is asked for.
    /// </summary>
    private static void LeaveUnhinted()
    {
        if (OperatingSystem.IsWindows())
            return;
        string common = Environment.GetEnvironmentVariable("FONTCONFIG_FILE") ?? "/etc/fonts/fonts.conf";
        string file = Path.Combine(Folder.Value, "fonts.conf");
        File.WriteAllText(file, $"""
            <?xml version="1.0"?>
            <!DOCTYPE fontconfig SYSTEM "fonts.dtd">
            <fontconfig>
            <include ignore_missing="yes">{WebUtility.HtmlEncode(common)}</include>
            <match target="pattern"><edit name="hinting" mode="assign"><bool>false</bool></edit><edit name="hintstyle" mode="assign"><const>hintnone</const></edit></match>
            </fontconfig>
            """);
        _ = SetEnvironment("FONTCONFIG_FILE", file, overwrite: 1);
    }

    /// <summary>.NET's own reaches no native library.</summary>
    [DllImport("libc", EntryPoint = "setenv")]
    private static extern int SetEnvironment(string name, string value, int overwrite);

    /// <summary>
    /// Coverage of a line, cropped to its ink. It is drawn with one pixel for each unit of the font and then shrunk: Pango rounds advances to whole pixels, and so
    /// nothing is lost.
    /// </summary>
    /// <param name="family">The name that the file gives itself.</param>
    /// <param name="unitsPerEm">Of the font.</param>
    /// <param name="shrink">By what; the em is <paramref name="unitsPerEm"/> / <paramref name="shrink"/> then.</param>
    public static RasterImage Mask(string text, string fontFile, string family, int unitsPerEm, int shrink) => Draw(WebUtility.HtmlEncode(text), fontFile, family, unitsPerEm, shrink);

    /// <summary>The same of a line in several fonts; levels, order, joining and places stay Pango's own.</summary>
    /// <param name="parts">In logical order, each with its font.</param>
    /// <param name="fontFiles">Where those fonts are.</param>
    /// <param name="language">Fonts have forms for it (Korean spaces are wider); null: Pango's own guess.</param>
    public static RasterImage Mask(IReadOnlyList<(string Text, string Family, bool Bold)> parts, IReadOnlyList<string> fontFiles, int unitsPerEm, int shrink, string? language)
    {
        Know(fontFiles);
        string markup = string.Concat(parts.Select(part => $"<span font_desc=\"{part.Family}{(part.Bold ? " Bold" : "")} {unitsPerEm}\">{WebUtility.HtmlEncode(part.Text)}</span>"));
        return Draw(language is null ? markup : $"<span lang=\"{language}\">{markup}</span>", fontFiles[0], parts[0].Family, unitsPerEm, shrink);
    }

    /// <summary>
    /// The same by way of librsvg, which asks Pango for places between pixels: letters do not drift by what would be rounded, whatever the fonts' units and however
    /// long the line. Each part is laid by itself there and set beside the one before in the direction of the line: none is reordered, and ligatures are left out.
    /// </summary>
    /// <param name="em">In pixels.</param>
    /// <param name="room">About how large the line is; ink far outside is cut off.</param>
    public static RasterImage Unrounded(
        IReadOnlyList<(string Text, string Family, bool Bold)> parts, IReadOnlyList<string> fontFiles, int em, LineRoom room, string? language)
    {
        Know(fontFiles);
        bool rightToLeft = Mark(string.Concat(parts.Select(part => part.Text)).EnumerateRunes().FirstOrDefault(Rune.IsLetter)) is RightToLeft or Arabic;
        var spans = new StringBuilder();
        string before = "";
        foreach (var (text, family, bold) in parts)
        {
            spans.Append($"<tspan font-family=\"{family}\" font-weight=\"{(bold ? "bold" : "normal")}\">{Mark(before.EnumerateRunes().LastOrDefault(Rune.IsLetter))}{WebUtility.HtmlEncode(text)}</tspan>");
            before += text;
        }
        const double air = 0.25;
        int width = (int)((room.Width + 2 * air) * em), height = (int)((room.Above + room.Below + 2 * air) * em);
        string svg = $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><text xml:space="preserve"{(language is null ? "" : $" xml:lang=\"{language}\"")}
            direction="{(rightToLeft ? "rtl" : "ltr")}" x="{(int)((rightToLeft ? room.Width + air : air) * em)}" y="{(int)((room.Above + air) * em)}" font-size="{em}">{spans}</text></svg>
            """;
        using var drawn = Image.SvgloadBuffer(Encoding.UTF8.GetBytes(svg), unlimited: true);
        using var alpha = drawn.ExtractBand(3);
        using var all = alpha.CopyMemory();
        int[] box = Array.ConvertAll(all.FindTrim(threshold: 1, background: [0]), Convert.ToInt32);
        using var ink = all.ExtractArea(box[0], box[1], Math.Max(1, box[2]), Math.Max(1, box[3]));
        return Shrunk(ink, by: 1);
    }

    private const string LeftToRight = "\u200E", RightToLeft = "\u200F", Arabic = "\u061C";

    /// <summary>The mark that has a letter's direction: it tells a part what went before, by which digits and their signs are ordered (UAX #9, W2 and W7), and is not seen.</summary>
    private static string Mark(Rune letter) => letter.Value switch
    {
        0 => "",
        >= 0x590 and < 0x600 => RightToLeft,
        >= 0x600 and < 0x900 => Arabic,
        _ => LeftToRight,
    };

    /// <summary>Makes fonts known to Pango.</summary>
    public static void Know(IReadOnlyList<string> fontFiles)
    {
        foreach (string file in fontFiles)
        {
            if (Known.Add(file))
                Image.Text("x", fontfile: file).Dispose();
        }
    }

    /// <summary>Files that Pango was told of.</summary>
    private static readonly HashSet<string> Known = [];

    private static RasterImage Draw(string markup, string fontFile, string font, int unitsPerEm, int shrink)
    {
        using var drawn = Image.Text(markup, font: $"{font} {unitsPerEm}", fontfile: fontFile, dpi: 72);
        return Shrunk(drawn, shrink);
    }

    private static RasterImage Shrunk(Image mask, int by)
    {
        using var small = mask.Shrink(by, by, ceil: true);
        return new RasterImage(small.Width, small.Height, 1, small.WriteToMemory<byte>());
    }
}

/// <summary>What a line takes of a surface, in ems.</summary>
/// <param name="Above">The baseline.</param>
/// <param name="Below">The baseline.</param>
internal readonly record struct LineRoom(double Width, double Above, double Below);
