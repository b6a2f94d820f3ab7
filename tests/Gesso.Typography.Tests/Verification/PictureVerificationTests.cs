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
        var curve = new TextLayer { Id = "arc", Text = "Arc", Size = 20, Region = new CurveRegion("M 450 440 Q 520 380 600 440") };
        var rendering = Renderer.Render(Poster with { Layers = [.. Poster.Layers, curve] }, Ground());

        var report = new PictureVerification(Renderer, NoReader, NoScan).Verify(rendering, rendering.Picture);

        Assert.Empty(report.Ocr.Lines);
        Assert.Equal(3, report.NotDone.Count);
        Assert.Contains("arc: it runs along a curve", report.NotDone[0], StringComparison.Ordinal);
        Assert.Contains("OCR of Latin: no engine here", report.NotDone[1], StringComparison.Ordinal);
    }

    private static RasterImage Ground() => Drawing.Of(640, 480, (x, y) => y is > 170 and < 340 ? (40, 60, 90) : (225 - y / 20.0, 220, 205));

    private static ILineReader NoReader(OcrScript script) => throw GessoException.Unavailable("tesseract_missing", "no engine here");

    private static StrayTextScan NoScan() => throw GessoException.Unavailable("ocr_models_missing", "no models here");
}
