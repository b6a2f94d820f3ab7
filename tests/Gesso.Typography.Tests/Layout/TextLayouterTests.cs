using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Layout;
using Gesso.Typography.Rendering;

namespace Gesso.Typography.Tests.Layout;

public sealed class TextLayouterTests
{
    private static readonly TextRenderer Renderer = new(FontLibrary.Default);

    public static IEnumerable<TheoryDataRow<string>> Scripts => ScriptTexts.Bundled.Concat(ScriptTexts.Cjk).Select(script => new TheoryDataRow<string>(script));

    private static TextLayer Layer(string text, double width = 400, double height = 300) => new() { Id = "a", Text = text, Region = new BoxRegion(20, 30, width, height) };

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Any_text_of_a_script_is_laid_whole_in_order_and_inside_its_box(string script)
    {
        Assert.SkipWhen(
            ScriptTexts.Cjk.Contains(script) && !FontLibrary.Default.Installed.Any(f => f.Families[0].StartsWith("Noto Sans", StringComparison.Ordinal)),
            "Han, Kana and Hangul need fonts that are not installed: gesso fonts add cjk.");
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            int width = random.Next(120, 900);
            var layer = Layer(ScriptTexts.Make(script, seed), width, 400) with
            {
                Align = (TextAlign)random.Next(4),
                Tracking = random.Next(2) * 0.2,
                MinSize = 6,
                MaxSize = 60,
                Color = InkColor.Black,
                Font = new LayerFont([], random.Next(2) == 0 ? 400 : 700),
            };
            var white = new RasterImage(width + 40, 460, 3, [.. Enumerable.Repeat((byte)255, (width + 40) * 460 * 3)]);

            var rendering = Renderer.Render(new TextDocument { Layers = [layer] }, white);

            var check = Assert.Single(rendering.Report.Layers);
            Assert.True(check.Problems.Count == 0, $"\"{layer.Text}\": {string.Join("; ", check.Problems)}");
            Assert.Equal(
                string.Concat(layer.Text.Where(c => !char.IsWhiteSpace(c))),
                string.Concat(rendering.Layers[0].Lines.SelectMany(line => line.Text).Where(c => !char.IsWhiteSpace(c))));
        }
    }

    [Fact]
    public void Text_without_a_size_fills_its_box()
    {
        var layout = Renderer.Layout(Layer("ANNUAL REPORT", 1000, 120) with { Role = TextRole.Title, Font = new LayerFont([], 700) });

        var corners = Assert.Single(layout.Lines).Corners;
        Assert.InRange(corners[1].X - corners[0].X, 970, 1000);
        Assert.Equal("text_overflow", Assert.Throws<GessoException>(() => Renderer.Layout(layout.Layer with { Size = layout.Size + 1, Text = "ANNUALREPORT!!" })).Code);
    }

    [Fact]
    public void Overflow_names_layer_sizes_and_what_would_fit()
    {
        var error = Assert.Throws<GessoException>(() => Renderer.Layout(Layer("Donaudampfschifffahrtsgesellschaft", 100, 50) with { Size = 40 }));

        Assert.Equal("text_overflow", error.Code);
        Assert.Contains("\"a\"", error.Message, StringComparison.Ordinal);
        Assert.Matches(@"100x50 pixels at 40 px.* It fits at \d", error.Message);
    }

    [Fact]
    public void Lines_are_as_even_as_they_can_be()
    {
        var title = Renderer.Layout(Layer("one two three four five six seven", 300, 300) with { Role = TextRole.Title, Size = 30, Align = TextAlign.Center });

        double[] widths = [.. title.Lines.Select(line => line.Corners[1].X - line.Corners[0].X)];
        Assert.Equal(2, widths.Length);
        Assert.True(Math.Abs(widths[0] - widths[1]) < 60, string.Join(", ", widths));
    }

    [Theory]
    [InlineData("Title", TextAlign.Start, 20, false)]
    [InlineData("Title", TextAlign.End, 420, true)]
    [InlineData("שלום", TextAlign.Start, 420, true)]
    [InlineData("שלום", TextAlign.End, 20, false)]
    public void Alignment_follows_the_direction_of_the_script(string text, TextAlign align, double edge, bool right)
    {
        var corners = Renderer.Layout(Layer(text) with { Size = 30, Align = align }).Lines[0].Corners;

        Assert.Equal(edge, right ? corners[1].X : corners[0].X, 2.0);
    }

    [Fact]
    public void Language_decides_the_direction_where_the_first_letter_misleads()
    {
        TextDirection Direction(string? language) => Renderer.Layout(Layer("Gesso هو برنامج") with { Size = 30, Language = language }).Lines[0].Direction;

        Assert.Equal(TextDirection.LeftToRight, Direction(null));
        Assert.Equal(TextDirection.RightToLeft, Direction("ar"));
    }

    [Fact]
    public void Justified_lines_reach_both_sides_but_the_last()
    {
        var lines = Renderer.Layout(Layer("The quick brown fox jumps over the lazy dog and runs away from it", 300, 300) with { Size = 24, Align = TextAlign.Justify }).Lines;

        Assert.All(lines.SkipLast(1), line => Assert.Equal(320, line.Corners[1].X, 1.0));
        Assert.True(lines[^1].Corners[1].X < 318);
    }

    [Fact]
    public void Tracking_sets_letters_apart_and_leaves_joined_scripts_together()
    {
        double Width(string text, double tracking) => Renderer.Layout(Layer(text, 900) with { Size = 30, Tracking = tracking }).Lines[0].Corners is var c ? c[1].X - c[0].X : 0;

        Assert.Equal(Width("ABC", 0) + 2 * 0.2 * 30, Width("ABC", 0.2), 0.6);
        Assert.Equal(Width("שלו", 0) + 2 * 0.2 * 30, Width("שלו", 0.2), 0.6);
        Assert.Equal(Width("مرحبا", 0), Width("مرحبا", 0.2), 0.01);
        Assert.Equal(Width("नमस्ते", 0), Width("नमस्ते", 0.2), 0.01);
    }

    [Fact]
    public void Line_on_a_curve_keeps_its_letters_on_the_path()
    {
        var layout = Renderer.Layout(Layer("Round and round") with { Region = new CurveRegion("M 0 200 A 200 200 0 0 1 400 200"), Size = 30 });

        Assert.Equal("Round and round", Assert.Single(layout.Lines).Text);
        foreach (var glyph in layout.Lines[0].Runs.SelectMany(run => run.Glyphs))
            Assert.InRange(Math.Sqrt(Math.Pow(glyph.X - 200, 2) + Math.Pow(glyph.Y - 200, 2)), 195, 210);
        Assert.Equal("text_overflow", Assert.Throws<GessoException>(() => Renderer.Layout(layout.Layer with { Size = 200 })).Code);
    }

    [Fact]
    public void Shaped_lines_are_those_of_HarfBuzz_with_joining_and_conjuncts()
    {
        int Glyphs(string text) => Renderer.Layout(Layer(text, 900) with { Size = 30 }).Lines[0].Runs.Sum(run => run.Glyphs.Length);

        Assert.Equal(1, Glyphs("لا"));                                         // lam-alef is one glyph
        Assert.True(Glyphs("क्ष") < 3);                                                      // a conjunct, not three signs
        Assert.Equal(2, Glyphs("e\u0301x"));                                                 // composed
    }
}
