using SkiaSharp;

namespace Gesso.Typography.Tests;

/// <summary>A font for tests that only need letters, whichever: one of the checkout, else one of the system.</summary>
internal static class TestFonts
{
    private static readonly string[] Names =
    [
        "NotoSans-Regular.ttf", "DejaVuSans.ttf", "LiberationSans-Regular.ttf", "NotoNaskhArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf",
        "NotoSansThai-Regular.ttf",
    ];

    private static readonly Lazy<string[]> Found = new(() => [.. Folders().SelectMany(Files)]);

    /// <summary>Null: there is none, and the test is skipped.</summary>
    public static string? Path => Found.Value.FirstOrDefault();

    /// <summary>The first that has every letter; null: there is none, and the test is skipped.</summary>
    public static string? For(string text) => Found.Value.FirstOrDefault(file =>
    {
        using var typeface = SKTypeface.FromFile(file);
        using var font = new SKFont(typeface);
        return font.ContainsGlyphs(text);
    });

    public static string Missing => $"none of {string.Join(", ", Names)} in the checkout or the system's fonts";

    public static SKTypeface Load() => SKTypeface.FromFile(Path);

    private static IEnumerable<string> Files(string folder) => Names.SelectMany(name =>
        Directory.EnumerateFiles(folder, name, new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }));

    private static IEnumerable<string> Folders()
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = System.IO.Path.GetDirectoryName(at))
        {
            if (File.Exists(System.IO.Path.Combine(at, "Gesso.slnx")))
                yield return System.IO.Path.Combine(at, "src", "Gesso.Typography");
        }
        foreach (string folder in (string[])["/usr/share/fonts", "/usr/local/share/fonts", Environment.GetFolderPath(Environment.SpecialFolder.Fonts)])
        {
            if (Directory.Exists(folder))
                yield return folder;
        }
    }
}
