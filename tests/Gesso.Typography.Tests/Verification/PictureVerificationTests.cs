using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;
using Gesso.Typography.Verification.Ocr;
using Gesso.Typography.Verification.StrayText;
using SkiaSharp;

namespace Gesso.Typography.Tests.Verification;

public sealed class PictureVerificationTests
{
    private static readonly TextRenderer Renderer = new(FontLibrary.Default);

    private static readonly TextDocument Poster = new()
    {
        Layers =
        [
            new TextLayer { Id = "title", Text = "Annual report 2026", Region = new BoxRegion(40, 40, 560, 90, -3), Align = TextAlign.Center },
            new TextLayer { Id = "sign", Text = "OPEN DAILY", Region = new QuadRegion([new(60, 180), new(560, 210), new(540, 310), new(80, 330)]), Color = InkColor.White },
            new TextLayer { Id = "two", Text = "Harbour and\nlighthouse", Size = 30, Region = new BoxRegion(40, 350, 400, 100) },
        ],
    };

    [Fact]
    public void Every_line_is_read_in_the_picture_and_on_a_plain_plate()
    {
        using var engines = new OcrEngines();
        Assert.SkipWhen(engines.Missing(OcrScript.Latin) is not null, engines.Missing(OcrScript.Latin) ?? "");
        var rendering = Renderer.Render(Poster, Ground());

        var report = new PictureVerification(Renderer, engines.For, NoScan).Verify(rendering, rendering.Picture);

        Assert.Equal(["title", "sign", "two", "two"], report.Ocr.Lines.Select(line => line.Layer));
        Assert.Equal(new Proportion(4, 4), report.Ocr.FloorExactLines);
        Assert.True(report.Passed, string.Join("; ", report.Failures.Select(f => f.Detail)));
        Assert.Equal(new Proportion(4, 4), report.Ocr.ExactLines);
        Assert.Contains("no models here", Assert.Single(report.NotDone), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_words_than_the_documents_are_a_failure_of_their_layer()
    {
        using var engines = new OcrEngines();
        Assert.SkipWhen(engines.Missing(OcrScript.Latin) is not null, engines.Missing(OcrScript.Latin) ?? "");
        var rendering = Renderer.Render(Poster, Ground());
        var other = Renderer.Render(Poster.With(Poster.Layer("title") with { Text = "Annual retort 2026" }), Ground());

        var report = new PictureVerification(Renderer, engines.For, NoScan).Verify(rendering, other.Picture);

        var failure = Assert.Single(report.Failures);
        Assert.Equal(VerificationFault.Unreadable, failure.Fault);
        Assert.StartsWith("title: ", failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_outside_of_the_layers_is_found_and_theirs_is_not()
    {
        Assert.SkipWhen(OcrModels.Default.Missing is not null, OcrModels.Default.Missing ?? "");
        using var engines = new OcrEngines();
        var rendering = Renderer.Render(Poster, Ground());
        var planted = Drawing.WithText(rendering.Picture, "SALE", 460, 430, 44, SKColors.Black);

        var clean = new PictureVerification(Renderer, NoReader, engines.StrayText).Verify(rendering, rendering.Picture);
        var found = new PictureVerification(Renderer, NoReader, engines.StrayText).Verify(rendering, planted);

        Assert.Empty(clean.Stray);
        Assert.Contains("SALE", Assert.Single(found.Stray).Reading.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_read_here_is_told_and_is_no_failure()
    {
        var rendering = Renderer.Render(Poster, Ground());

        var report = new PictureVerification(Renderer, NoReader, NoScan).Verify(rendering, rendering.Picture);

        Assert.Empty(report.Ocr.Lines);
        Assert.Equal(2, report.NotDone.Count);
        Assert.Contains("OCR of Latin: no engine here", report.NotDone[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Harbour lights", "M 60 330 Q 320 60 580 330")]
    [InlineData("Down the valley", "M 60 140 Q 320 400 580 140")]
    public void Line_along_a_curve_is_read_back(string text, string path)
    {
        using var engines = new OcrEngines();
        Assert.SkipWhen(engines.Missing(OcrScript.Latin) is not null, engines.Missing(OcrScript.Latin) ?? "");
        var layer = new TextLayer { Id = "arc", Text = text, Size = 60, Align = TextAlign.Center, Region = new CurveRegion(path) };

        AssertRead(layer, Drawing.Plain(640, 480, 225), engines);
        AssertOtherWordsAreSeen(layer, "Harbour fights", Drawing.Plain(640, 480, 225), engines);
    }

    [Fact]
    public void Words_around_a_can_are_read_back()
    {
        using var engines = new OcrEngines();
        Assert.SkipWhen(engines.Missing(OcrScript.Latin) is not null, engines.Missing(OcrScript.Latin) ?? "");
        var layer = new TextLayer
        {
            Id = "can",
            Text = "Fresh\nOrange",
            Align = TextAlign.Center,
            Region = new CylinderRegion([new(170, 60), new(470, 60), new(470, 400), new(170, 400)], 130, 0.06, 0.08),
        };

        AssertRead(layer, Drawing.Of(640, 480, (x, _) => (60 + 160 * Math.Sin(Math.PI * x / 640), 200, 190)), engines);
        AssertOtherWordsAreSeen(layer, "Fresh\nOrangs", Drawing.Plain(640, 480, 225), engines);
    }

    [Theory]
    [InlineData("東京タワー\n本日開店", "ja", OcrScript.Japanese)]
    [InlineData("年度報告\n世界北京", "zh-Hant", OcrScript.Han)]
    [InlineData("연간 보고서", "ko", OcrScript.Korean)]
    public void Columns_are_read_back(string text, string language, OcrScript script)
    {
        Assert.SkipWhen(!FontLibrary.Default.Installed.Any(f => f.Families[0].StartsWith("Noto Sans", StringComparison.Ordinal)), "gesso fonts add cjk");
        using var engines = new OcrEngines();
        Assert.SkipWhen(engines.Missing(script) is not null, engines.Missing(script) ?? "");
        var layer = new TextLayer { Id = "column", Text = text, Language = language, Mode = WritingMode.Vertical, Size = 56, Region = new BoxRegion(100, 20, 400, 440) };

        AssertRead(layer, Drawing.Plain(640, 480, 225), engines);
        AssertRead(layer with { Region = new QuadRegion([new(120, 30), new(520, 60), new(500, 450), new(140, 460)]), Blend = TextBlend.Scene }, Drawing.Plain(640, 480, 225), engines);
    }

    private static void AssertRead(TextLayer layer, RasterImage ground, OcrEngines engines)
    {
        var rendering = Renderer.Render(new TextDocument { Layers = [layer] }, ground);
        Drawing.Show($"read-{layer.Id}-{layer.Language}-{layer.Blend}", rendering.Picture);

        var report = new PictureVerification(Renderer, engines.For, NoScan).Verify(rendering, rendering.Picture);

        Assert.True(report.Passed, string.Join("; ", report.Failures.Select(f => f.Detail)));
        Assert.Equal(layer.Text.Split('\n').Length, report.Ocr.Lines.Count);
        Assert.True(report.Ocr.ExactLines.Hits == report.Ocr.Lines.Count, string.Join("; ", report.Ocr.Lines.Select(l => $"{l.Score.Expected}: {l.Score.Read}, floor {l.Floor?.Read}")));
    }

    /// <summary>A reading that cannot fail proves nothing.</summary>
    private static void AssertOtherWordsAreSeen(TextLayer layer, string other, RasterImage ground, OcrEngines engines)
    {
        var rendering = Renderer.Render(new TextDocument { Layers = [layer] }, ground);
        var picture = Renderer.Render(new TextDocument { Layers = [layer with { Text = other }] }, ground).Picture;

        Assert.Contains(new PictureVerification(Renderer, engines.For, NoScan).Verify(rendering, picture).Failures, failure => failure.Fault == VerificationFault.Unreadable);
    }

    private static RasterImage Ground() => Drawing.Of(640, 480, (x, y) => y is > 170 and < 340 ? (40, 60, 90) : (225 - y / 20.0, 220, 205));

    private static ILineReader NoReader(OcrScript script) => throw GessoException.Unavailable("tesseract_missing", "no engine here");

    private static StrayTextScan NoScan() => throw GessoException.Unavailable("ocr_models_missing", "no models here");
}
