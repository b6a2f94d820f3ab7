using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Typography.Tests.Verification;

public sealed class CarefulRendererTests
{
    private static readonly TextRenderer Renderer = new(FontLibrary.Default);

    [Fact]
    public void Text_that_holds_is_laid_as_it_is_given()
    {
        var document = new TextDocument { Layers = [Layer("a", 10)] };
        var picture = Drawing.Plain(400, 200, 230);

        var laid = new CarefulRenderer(Renderer).Lay(document, picture);

        Assert.Same(document, laid.Document);
        Assert.Empty(laid.Changes);
        Assert.Null(laid.Next.Change);
        Assert.Equal(Renderer.Render(document, picture).Picture.Pixels, laid.Rendering.Picture.Pixels);
    }

    [Fact]
    public void Letters_on_other_letters_shrink_until_they_stand_apart()
    {
        var document = new TextDocument { Layers = [Layer("above", 10), Layer("below", 88)] };
        var picture = Drawing.Plain(400, 200, 230);
        var before = Renderer.Render(document, picture);

        var laid = new CarefulRenderer(Renderer).Lay(document, picture);

        Assert.False(before.Report.Passed);
        Assert.True(laid.Report.Passed, string.Join("; ", laid.Report.Failures));
        Assert.All(laid.Changes, step => Assert.Equal(RetryChange.Size, step.Change));
        Assert.Equal(before.Layers[0].Layout.Size, laid.Rendering.Layers[0].Layout.Size);
        Assert.True(laid.Rendering.Layers[1].Layout.Size < before.Layers[1].Layout.Size);
    }

    [Fact]
    public void What_a_person_fixed_stays_and_another_picture_is_asked_for()
    {
        var layer = Layer("a", 10) with { Color = new InkColor(200, 200, 200) };
        var document = new TextDocument { Layers = [layer] };

        var laid = new CarefulRenderer(Renderer).Lay(document, Drawing.Plain(400, 200, 190));

        Assert.False(laid.Report.Passed);
        Assert.Same(document, laid.Document);
        Assert.Equal(RetryChange.Seed, laid.Next.Change);
        var fixedSeed = new RetryPolicy { Freedom = new RetryFreedom { Seed = false } };
        Assert.Null(new CarefulRenderer(Renderer, fixedSeed).Lay(document, Drawing.Plain(400, 200, 190)).Next.Change);
    }

    [Fact]
    public void What_cannot_be_read_grows_then_gets_an_edge_then_moves_and_the_best_is_kept()
    {
        var small = new TextDocument { Layers = [Layer("a", 10) with { MaxSize = 20 }] };
        var elsewhere = new TextDocument { Layers = [Layer("a", 100) with { MaxSize = 20 }] };
        List<(double Size, int Effects, double Y)> seen = [];
        VerificationReport Read(TextRendering rendering)
        {
            var layer = rendering.Layers[0];
            seen.Add((layer.Layout.Size, layer.Layer.Effects.Count, ((BoxRegion)layer.Layer.Region).Y));
            return layer.Layer.Region is BoxRegion { Y: 100 } ? new VerificationReport { Layout = rendering.Report } : Unreadable(rendering);
        }

        var laid = new CarefulRenderer(Renderer, verify: Read).Lay(small, Drawing.Plain(400, 200, 230), elsewhere);

        Assert.Equal([20, 24, 28.8, 28.8, 20], seen.Select(s => Math.Round(s.Size, 1)));
        Assert.Equal([0, 0, 0, 1, 0], seen.Select(s => s.Effects));
        Assert.True(laid.Moved);
        Assert.True(laid.Report.Passed);
        Assert.Same(elsewhere, laid.Document);
        Assert.Null(laid.Next.Change);
    }

    private static VerificationReport Unreadable(TextRendering rendering) => new()
    {
        Layout = rendering.Report,
        Ocr = new OcrReport([new OcrLineResult(OcrScript.Latin, TextComparison.Score("ABOVE", new LineReading("A80VE"), OcrScript.Latin), null, "test", "a")]),
    };

    private static TextLayer Layer(string id, double y) => new()
    {
        Id = id,
        Text = "ABOVE",
        Region = new BoxRegion(10, y, 380, 120),
        Align = TextAlign.Center,
        VerticalAlign = VerticalAlign.Middle,
    };
}
