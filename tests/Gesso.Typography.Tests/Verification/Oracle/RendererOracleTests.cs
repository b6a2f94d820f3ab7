using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;

namespace Gesso.Typography.Tests.Verification.Oracle;

/// <summary>The renderer's ink is Pango's, whatever the line. <c>GESSO_LONG=1</c> draws 1,000 lines a script; <c>bench -- typography</c> also reads them back.</summary>
public sealed class RendererOracleTests
{
    private static readonly TextRenderer Renderer = new(FontLibrary.Default);

    private static readonly Dictionary<string, (string Language, string Family)> Cjk = new()
    {
        ["chinese-simplified"] = ("zh-Hans", "Noto Sans S Chinese"),
        ["chinese-traditional"] = ("zh-Hant", "Noto Sans T Chinese"),
        ["japanese"] = ("ja", "Noto Sans Japanese"),
        ["korean"] = ("ko", "Noto Sans Korean"),
    };

    private static int Lines => Environment.GetEnvironmentVariable("GESSO_LONG") == "1" ? 1000 : 3;

    public static IEnumerable<TheoryDataRow<string>> Scripts => ScriptTexts.Bundled.Concat(Cjk.Keys).Select(script => new TheoryDataRow<string>(script));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Any_line_of_a_script_has_the_ink_of_an_independent_renderer(string script)
    {
        Assert.SkipWhen(PangoRenderer.Missing is not null, PangoRenderer.Missing ?? "");
        FontFace? han = null;
        if (Cjk.TryGetValue(script, out var cjk))
            han = FontLibrary.Default.TryFace(cjk.Family, LayerFont.Regular, italic: false);
        Assert.SkipWhen(Cjk.ContainsKey(script) && han is null, "Han, Kana and Hangul need fonts that are not installed: gesso fonts add cjk.");
        for (int seed = 0; seed < Lines; seed++)
        {
            var layer = new TextLayer
            {
                Id = "line",
                Text = ScriptTexts.Line(script, seed, point => han?.Covers(point) ?? false),
                Language = cjk.Language,
                Size = 100,
                Font = new LayerFont(han is null ? [] : [cjk.Family], seed % 2 == 0 ? LayerFont.Regular : LayerFont.Bold),
                Region = new BoxRegion(0, 0, 30_000, 400),
            };

            var agreement = new PangoTwin(Renderer.Layout(layer).Lines.Single(), layer.Language).Agreement(Renderer, layer);

            Assert.True(agreement.Iou >= OracleCheck.LeastIou, $"{seed}, \"{layer.Text}\": {agreement}");
        }
    }

    /// <summary>
    /// What a long run found to be hard for the oracle: the way that lays each font's part by itself leaves ligatures out and does not reorder parts, and drawn as a
    /// whole in the units of the finer font the digits drift.
    /// </summary>
    [Theory]
    [InlineData("بلغاری الله 2029-05-22 سینیگل سینٹ")]
    [InlineData("2006-11-02 naïve טג׳יקית 20.11.2013 אבג")]
    public void Line_in_fonts_of_different_units_has_the_ink_of_an_independent_renderer(string text)
    {
        Assert.SkipWhen(PangoRenderer.Missing is not null, PangoRenderer.Missing ?? "");
        var layer = new TextLayer { Id = "line", Text = text, Size = 100, Region = new BoxRegion(0, 0, 30_000, 400) };

        var agreement = new PangoTwin(Renderer.Layout(layer).Lines.Single(), layer.Language).Agreement(Renderer, layer);

        Assert.True(agreement.Iou >= OracleCheck.LeastIou, $"{agreement}");
    }

    /// <summary>Hinted at eight times these sizes, letters would be 0.7 to 1.5 % bolder.</summary>
    [Theory]
    [InlineData(12)]
    [InlineData(18)]
    public void Twin_is_as_bold_at_a_small_size_as_at_a_large_one(int size)
    {
        Assert.SkipWhen(PangoRenderer.Missing is not null, PangoRenderer.Missing ?? "");
        var layer = new TextLayer { Id = "line", Text = "Every letter of the line has its outline's ink", Size = size, Region = new BoxRegion(0, 0, 30_000, 400) };
        var twin = new PangoTwin(Renderer.Layout(layer).Lines.Single(), layer.Language);

        Assert.InRange(Boldness(size) / Boldness(240), 0.997, 1.003);

        double Boldness(int em) => twin.At(em).Pixels.Sum(coverage => (double)coverage) / (em * em);
    }
}
