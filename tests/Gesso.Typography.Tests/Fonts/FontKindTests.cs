using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;
using SkiaSharp;

namespace Gesso.Typography.Tests.Fonts;

/// <summary>Variable fonts and colour fonts, with those of Debian's packages.</summary>
public sealed class FontKindTests
{
    private static readonly FontEntry? Variable = FontLibrary.Default.System.FirstOrDefault(f => f.WeightRange is { Least: <= 300, Most: >= 800 } && !f.Italic);

    private static readonly FontEntry? Emoji = FontLibrary.Default.System.FirstOrDefault(f => f.IsNamed("Noto Color Emoji"));

    private const string NoVariable = "no variable font here: apt-get install fonts-inter-variable";
    private const string NoEmoji = "no colour font here: apt-get install fonts-noto-color-emoji";

    [Fact]
    public void Variable_font_takes_the_weight_asked_for_in_shape_and_in_width()
    {
        Assert.SkipWhen(Variable is null, NoVariable);
        using var fonts = new FontLibrary([], []);
        var renderer = new TextRenderer(fonts);

        var drawn = new[] { 300, 400, 550, 800 }.Select(weight => renderer.RenderFlat(Words("nnnnnoooo", Variable!.File, weight))).ToList();

        double[] ink = [.. drawn.Select(layer => layer.Coverage.Pixels.Sum(p => (double)p))], widths = [.. drawn.Select(Width)];
        Assert.Equal(ink.Order(), ink);
        Assert.True(ink[^1] > 1.5 * ink[0], string.Join(", ", ink));
        Assert.True(widths[^1] > 1.03 * widths[0], string.Join(", ", widths));
        foreach (var (layer, width) in drawn.Zip(widths))
        {
            var face = Assert.Single(layer.Lines[0].Runs).Face;                             // HarfBuzz placed the letters, Skia draws them: they must mean the same weight
            using var font = face.Typeface.ToFont(100, 1, 0);
            (font.Hinting, font.Subpixel, font.LinearMetrics) = (SKFontHinting.None, true, true);
            Assert.Equal(font.MeasureText("n") * 5 + font.MeasureText("o") * 4, width, tolerance: 0.6);
        }
    }

    [Fact]
    public void Weight_beyond_a_variable_fonts_range_is_its_end()
    {
        Assert.SkipWhen(Variable is null, NoVariable);
        using var fonts = new FontLibrary([], []);

        Assert.Equal((int)Variable!.WeightRange!.Value.Most, fonts.Face(Variable.File, 1000).Weight);
        Assert.Equal((int)Variable.WeightRange.Value.Least, fonts.Face(Variable.File, 1).Weight);
    }

    [Theory]
    [InlineData("🎉", 1)]
    [InlineData("❤️", 1)]
    [InlineData("👩‍🚀", 1)]
    [InlineData("👍🏽", 1)]
    [InlineData("🇫🇷🇯🇵", 2)]
    [InlineData("1️⃣", 1)]
    public void Emoji_and_their_sequences_are_drawn_in_their_own_colours(string text, int pictures)
    {
        Assert.SkipWhen(Emoji is null, NoEmoji);
        using var fonts = new FontLibrary([Path.GetDirectoryName(Emoji!.File)!], []);
        var white = Drawing.Plain(400, 200, 255);

        var rendering = new TextRenderer(fonts).Render(Document($"a{text}b", new BoxRegion(20, 20, 360, 160)), white);

        Assert.True(rendering.Report.Passed, string.Join("; ", rendering.Report.Layers[0].Problems));
        var line = Assert.Single(rendering.Layers[0].Lines);
        Assert.Equal(pictures, line.Shaped.Runs.Where(run => run.Face.HasColors).SelectMany(run => run.Glyphs).Count(glyph => glyph.Advance > 0));
        int colourful = Enumerable.Range(0, 400 * 200).Count(i => Spread(rendering.Picture.Pixels.AsSpan(3 * i, 3)) > 60);
        Assert.True(colourful > 300 * pictures, $"{colourful} pixels have a colour");
    }

    [Fact]
    public void Emoji_that_is_cut_off_is_told()
    {
        Assert.SkipWhen(Emoji is null, NoEmoji);
        using var fonts = new FontLibrary([Path.GetDirectoryName(Emoji!.File)!], []);

        var rendering = new TextRenderer(fonts).Render(Document("🎉", new BoxRegion(350, 20, 160, 160)), Drawing.Plain(400, 200, 255));

        Assert.Contains(rendering.Report.Layers[0].Problems, problem => problem.Rule == LayoutRule.Clipping);
    }

    [Theory]
    [InlineData(TextBlend.Graphic)]
    [InlineData(TextBlend.Scene)]
    public void Emoji_follow_their_surface(TextBlend blend)
    {
        Assert.SkipWhen(Emoji is null, NoEmoji);
        using var fonts = new FontLibrary([Path.GetDirectoryName(Emoji!.File)!], []);
        var quad = new QuadRegion([new(60, 40), new(340, 70), new(330, 180), new(70, 190)]);

        var rendering = new TextRenderer(fonts).Render(Document("Sale 🎉", quad, blend), Drawing.Plain(400, 240, 235));
        Drawing.Show($"emoji-{blend}", rendering.Picture);

        Assert.True(rendering.Report.Passed, string.Join("; ", rendering.Report.Layers[0].Problems));
        Assert.InRange(Enumerable.Range(0, 400 * 240).Count(i => Spread(rendering.Picture.Pixels.AsSpan(3 * i, 3)) > 60), 500, 20_000);
    }

    [Fact]
    public void Emoji_without_a_font_is_an_error_that_names_one()
    {
        using var fonts = new FontLibrary([], []);

        var error = Assert.Throws<GessoException>(() => new TextRenderer(fonts).RenderFlat(Words("🎉", "Noto Sans", 400)));

        Assert.Equal("missing_glyph", error.Code);
        Assert.Contains("Noto Color Emoji", error.Message, StringComparison.Ordinal);
    }

    private static TextLayer Words(string text, string font, int weight) => new()
    {
        Id = "a",
        Text = text,
        Size = 100,
        Font = new LayerFont([font], weight),
        Region = new BoxRegion(0, 0, 2000, 200),
    };

    private static TextDocument Document(string text, LayerRegion region, TextBlend blend = TextBlend.Graphic) =>
        new() { Layers = [new TextLayer { Id = "a", Text = text, Size = 60, Region = region, Blend = blend }] };

    private static double Width(RenderedLayer layer) => layer.Lines[0].Corners[1].X - layer.Lines[0].Corners[0].X;

    private static int Spread(ReadOnlySpan<byte> pixel) => Math.Max(pixel[0], Math.Max(pixel[1], pixel[2])) - Math.Min(pixel[0], Math.Min(pixel[1], pixel[2]));
}
