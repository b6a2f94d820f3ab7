using System.Formats.Tar;
using System.IO.Compression;
using Gesso.Contracts.Errors;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;

namespace Gesso.Typography.Tests.Fonts;

public sealed class FontLibraryTests
{
    private static TextLayer Layer(string text, string? family = null) => new()
    {
        Id = "a",
        Text = text,
        Region = new BoxRegion(0, 0, 2000, 200),
        Size = 20,
        Font = new LayerFont(family is null ? [] : [family]),
    };

    [Fact]
    public void Bundled_fonts_cover_the_scripts_that_are_promised()
    {
        using var fonts = new FontLibrary([], []);

        Assert.Equal(
            ["Noto Naskh Arabic", "Noto Sans", "Noto Sans Devanagari", "Noto Sans Hebrew", "Noto Sans Thai", "Noto Serif"],
            fonts.Bundled.Select(f => f.Families[0]).Distinct().Order(StringComparer.Ordinal));
        foreach (int point in (int[])['é', 'Ж', 'Ω', 0x0905])
            Assert.True(fonts.Face("Noto Sans").Covers(point));
        Assert.True(fonts.Face("Noto Naskh Arabic", 700).Covers(0x0628));
        Assert.True(fonts.Face("Noto Sans Hebrew").Covers(0x05D0));
        Assert.True(fonts.Face("Noto Sans Thai").Covers(0x0E01));
    }

    [Theory]
    [InlineData(400, false, "Noto Sans Regular")]
    [InlineData(900, false, "Noto Sans Bold")]
    [InlineData(500, false, "Noto Sans Regular")]
    [InlineData(400, true, "Noto Sans Italic")]
    public void Face_is_the_nearest_in_slant_and_weight(int weight, bool italic, string title)
    {
        using var fonts = new FontLibrary([], []);

        Assert.Equal(title, fonts.Face("noto sans", weight, italic).Title);
    }

    [Fact]
    public void Unknown_family_is_an_error_with_near_names()
    {
        using var fonts = new FontLibrary([], []);

        var error = Assert.Throws<GessoException>(() => fonts.Face("Noto San"));

        Assert.Equal("font_not_found", error.Code);
        Assert.Contains("Near: Noto Sans", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("漢字", "U+6F22", "gesso fonts add cjk")]
    [InlineData("かな", "U+304B", "gesso fonts add cjk")]
    [InlineData("한글", "U+D55C", "gesso fonts add cjk")]
    [InlineData("x 𐎀", "U+10380", "gesso fonts add FILE")]
    public void Missing_glyph_is_an_error_that_names_character_fonts_and_remedy(string text, string point, string remedy)
    {
        using var fonts = new FontLibrary([], []);

        var error = Assert.Throws<GessoException>(() => new TextRenderer(fonts).Layout(Layer(text, "Noto Serif")));

        Assert.Equal("missing_glyph", error.Code);
        Assert.Contains(point, error.Message, StringComparison.Ordinal);
        Assert.Contains("Noto Serif Regular", error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fallback_takes_the_font_for_the_script_in_the_weight_asked_for()
    {
        using var fonts = new FontLibrary([], []);

        var line = new TextRenderer(fonts).Layout(Layer("Open שלום مرحبا สวัสดี नमस्ते", "Noto Serif") with { Font = new LayerFont(["Noto Serif"], 700) }).Lines.Single();

        Assert.Equal(
            ["Noto Serif Bold", "Noto Sans Hebrew 600", "Noto Naskh Arabic Bold", "Noto Sans Thai Bold", "Noto Sans Devanagari Bold"],
            line.Fonts.OrderBy(f => Array.IndexOf(["Noto Serif Bold", "Noto Sans Hebrew 600", "Noto Naskh Arabic Bold", "Noto Sans Thai Bold", "Noto Sans Devanagari Bold"], f)));
    }

    [Fact]
    public void Han_takes_the_forms_of_the_language()
    {
        Assert.SkipWhen(FontLibrary.Default.TryFace("Noto Sans S Chinese", 400, italic: false) is null, "Han needs fonts that are not installed: gesso fonts add cjk");
        var renderer = new TextRenderer(FontLibrary.Default);
        var drawn = new[] { "zh-Hans", "zh-Hant", "ja", "ko" }.Select(language => renderer.RenderFlat(Layer("骨直角令") with { Size = 64, Language = language })).ToList();

        Assert.Equal(
            ["Noto Sans S Chinese", "Noto Sans T Chinese", "Noto Sans Japanese", "Noto Sans Korean"],
            drawn.Select(layer => Assert.Single(layer.Lines[0].Runs).Face.Entry.Families[0]));
        Assert.Equal(3, drawn.Take(3).Select(layer => Convert.ToHexString(layer.Coverage.Pixels)).Distinct().Count()); // these in Korea are as in Japan
        Assert.StartsWith("Noto Sans Japanese", renderer.Layout(Layer("漢字かな")).Lines[0].Fonts[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Disposed_library_leaves_no_native_font_behind()
    {
        int before = FontFace.Alive;
        for (int i = 0; i < 3; i++)
        {
            using var fonts = new FontLibrary([], []);
            new TextRenderer(fonts).Layout(Layer("Open שלום مرحبا"));
            Assert.True(FontFace.Alive > before);
        }

        Assert.Equal(before, FontFace.Alive);
    }

    [Fact]
    public void Added_font_file_is_found_by_its_family_and_a_file_that_is_none_is_refused()
    {
        string folder = Directory.CreateTempSubdirectory("gesso-fonts-test-").FullName;
        try
        {
            string source = Path.Combine(folder, "Mine.ttf");
            using (var bundled = typeof(FontLibrary).Assembly.GetManifestResourceStream("fonts/NotoSansThai-Regular.ttf")!)
            using (var file = File.Create(source))
                bundled.CopyTo(file);
            string target = Path.Combine(folder, "added");
            var installer = new FontInstaller(target);

            installer.AddFile(source);
            File.WriteAllText(Path.Combine(folder, "bad.ttf"), "no font");

            using var fonts = new FontLibrary([target], []);
            Assert.Equal("Noto Sans Thai", Assert.Single(fonts.Installed).Families[0]);
            Assert.Equal("font_unreadable", Assert.Throws<GessoException>(() => installer.AddFile(Path.Combine(folder, "bad.ttf"))).Code);
            Assert.Equal("font_not_found", Assert.Throws<GessoException>(() => installer.AddCjk(folder, TestContext.Current.CancellationToken)).Code);
            File.WriteAllText(Path.Combine(folder, "NotoSansHans-Regular.otf"), "another file of that name");
            Assert.Equal("font_hash", Assert.Throws<GessoException>(() => installer.AddCjk(folder, TestContext.Current.CancellationToken)).Code);
            Pack(Path.Combine(folder, "embedpdf-fonts-sc-1.0.0.tgz"), "package/fonts/NotoSansHans-Regular.otf", new byte[8_364_644]);
            Assert.Equal("font_hash", Assert.Throws<GessoException>(() => installer.AddCjk(folder, TestContext.Current.CancellationToken)).Code);
            File.WriteAllText(Path.Combine(folder, "embedpdf-fonts-sc-1.0.0.tgz"), "no archive");
            Assert.Equal("archive_damaged", Assert.Throws<GessoException>(() => installer.AddCjk(folder, TestContext.Current.CancellationToken)).Code);
            Assert.Equal(["Mine.ttf"], Directory.EnumerateFiles(target).Select(Path.GetFileName));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Pack(string archive, string path, byte[] content)
    {
        using var zipped = new GZipStream(File.Create(archive), CompressionLevel.Fastest);
        using var tar = new TarWriter(zipped);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(content) });
    }
}
