using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Planning;
using Gesso.Typography.Rendering;
using Gesso.Typography.Scene;
using Gesso.Typography.Verification;
using Gesso.Typography.Verification.Ocr;
using Gesso.Typography.Verification.StrayText;

namespace Gesso.Typography.Tests.Rendering;

public sealed class SceneLayerTests
{
    private static readonly TextRenderer Renderer = new(FontLibrary.Default);

    private static readonly Quad Plate = new(new ScenePoint(90, 70), new ScenePoint(430, 110), new ScenePoint(415, 260), new ScenePoint(105, 285));

    private static readonly TextLayer Sign = new()
    {
        Id = "sign",
        Text = "HARBOUR STREET",
        Region = new QuadRegion([new(110, 90), new(410, 125), new(398, 245), new(122, 265)]),
        Blend = TextBlend.Scene,
        Align = TextAlign.Center,
        VerticalAlign = VerticalAlign.Middle,
    };

    private static readonly TextLayer Can = Sign with
    {
        Id = "can",
        Text = "Fresh\nOrange",
        Blend = null,
        Region = new CylinderRegion([new(150, 60), new(370, 60), new(370, 290), new(150, 290)], 130, 0.06, 0.08),
    };

    [Fact]
    public void Sign_is_part_of_the_picture_and_comes_off_byte_for_byte()
    {
        var street = Street();

        var rendering = Renderer.Render(new TextDocument { Layers = [Sign] }, street);
        Drawing.Show("scene-sign", rendering.Picture);

        Assert.Equal(street.Pixels, PlatePatch.Restore(PlatePatch.Make(street, rendering.Picture), rendering.Picture).Pixels);
        Assert.Equal(rendering.Picture.Pixels, Renderer.Render(new TextDocument { Layers = [Sign] }, street).Picture.Pixels);
        Assert.True(rendering.Report.Passed, string.Join("; ", rendering.Report.Layers[0].Problems));
        var layer = rendering.Layers[0];
        var region = ((PlaneSurface)LayerSurface.Of(Sign.Region)!).Quad;
        Assert.All(layer.Lines.SelectMany(line => line.Corners), c => Assert.True(region.Contains(new ScenePoint(c.X, c.Y))));
        for (int i = 0; i < 520 * 360; i++)
        {
            bool inside = i % 520 >= layer.Left && i % 520 < layer.Left + layer.Width && i / 520 >= layer.Top && i / 520 < layer.Top + layer.Height;
            Assert.True(inside || street.Pixels.AsSpan(3 * i, 3).SequenceEqual(rendering.Picture.Pixels.AsSpan(3 * i, 3)), $"pixel {i} changed away from the text");
        }
    }

    [Fact]
    public void Scene_ink_takes_the_light_and_grain_that_graphic_ink_has_not()
    {
        var scene = Renderer.Render(new TextDocument { Layers = [Sign with { Color = new InkColor(140, 50, 50) }] }, Street());
        var graphic = Renderer.Render(new TextDocument { Layers = [Sign with { Color = new InkColor(140, 50, 50), Blend = TextBlend.Graphic }] }, Street());

        Assert.True(Shades(scene) > 8, $"{Shades(scene)} shades of ink");
        Assert.Equal(1, Shades(graphic));
    }

    [Fact]
    public void Layers_lie_on_each_other_by_their_z_whatever_their_blend()
    {
        var over = new TextLayer { Id = "over", Text = "OOOO", Size = 80, Color = new InkColor(200, 30, 30), Region = new BoxRegion(130, 130, 300, 120), Z = 1 };

        var below = Renderer.Render(new TextDocument { Layers = [over, Sign] }, Street());
        var above = Renderer.Render(new TextDocument { Layers = [over, Sign with { Z = 2 }] }, Street());

        Assert.Equal(["sign", "over"], below.Layers.Select(layer => layer.Layer.Id));
        Assert.Equal(["over", "sign"], above.Layers.Select(layer => layer.Layer.Id));
        Assert.NotEqual(below.Picture.Pixels, above.Picture.Pixels);
        Assert.Contains(below.Report.Layers[1].Problems, problem => problem.Rule == LayoutRule.Overlap);
        Assert.Contains(above.Report.Layers[1].Problems, problem => problem.Rule == LayoutRule.Overlap);
    }

    [Fact]
    public void Sign_and_can_are_read_back()
    {
        using var engines = new OcrEngines();
        Assert.SkipWhen(engines.Missing(OcrScript.Latin) is not null, engines.Missing(OcrScript.Latin) ?? "");
        foreach (var (layer, picture) in new[] { (Sign, Street()), (Can, Tin()) })
        {
            var rendering = Renderer.Render(new TextDocument { Layers = [layer] }, picture);
            Drawing.Show($"scene-{layer.Id}", rendering.Picture);

            var report = new PictureVerification(Renderer, engines.For, NoScan).Verify(rendering, rendering.Picture);

            Assert.True(report.Passed, string.Join("; ", report.Failures.Select(f => f.Detail)));
            Assert.Equal(report.Ocr.Lines.Count, report.Ocr.ExactLines.Hits);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Any_picture_carries_scene_text(int channels)
    {
        byte[] pixels = new byte[520 * 360 * channels];
        Array.Fill(pixels, (byte)230);

        var rendering = Renderer.Render(new TextDocument { Layers = [Can] }, new RasterImage(520, 360, channels, pixels));

        Assert.Equal(Math.Max(3, channels), rendering.Picture.Channels);
        Assert.False(rendering.Layers[0].IsEmpty);
        Assert.Contains(rendering.Picture.Pixels, value => value < 90);
    }

    [Fact]
    public void Missing_region_is_found_on_the_plate_of_the_picture()
    {
        var open = new TextDocument { Layers = [Sign with { Region = new OpenRegion() }, Sign with { Id = "more", Text = "No 12", Role = TextRole.Caption, Region = new OpenRegion() }] };

        var found = SurfaceFinder.FillIn(open, Street());

        Assert.All(found.Layers, layer => Assert.All(((QuadRegion)layer.Region).Corners, c => Assert.True(Plate.Contains(new ScenePoint(c.X, c.Y)))));
        Assert.True(Renderer.Render(found, Street()).Report.Passed);
        Assert.Equal("region_missing", Assert.Throws<GessoException>(() => Renderer.Render(open, Street())).Code);
    }

    [Fact]
    public void Picture_without_a_plate_asks_for_a_quad()
    {
        var open = new TextDocument { Layers = [Sign with { Region = new OpenRegion() }] };

        var error = Assert.Throws<GessoException>(() => SurfaceFinder.FillIn(open, Drawing.Busy(800, 600, 3)));

        Assert.Equal(("no_plate", ErrorKind.Refused), (error.Code, error.Kind));
        Assert.Contains("quad", error.Message, StringComparison.Ordinal);
    }

    /// <summary>How many reds the pixels have that are nothing but ink.</summary>
    private static int Shades(TextRendering rendering)
    {
        var layer = rendering.Layers[0];
        HashSet<byte> seen = [];
        for (int i = 0; i < layer.Coverage.Pixels.Length; i++)
        {
            if (layer.Coverage.Pixels[i] == 255)
                seen.Add(rendering.Picture.Pixels[((layer.Top + i / layer.Width) * rendering.Picture.Width + layer.Left + i % layer.Width) * 3]);
        }
        return seen.Count;
    }

    private static RasterImage Street() => Drawing.Noisy(
        Drawing.WithPlate(Drawing.Busy(520, 360, 1), Plate, (u, v) => (225 - 50 * u, 222 - 50 * u, 205 - 45 * u - 10 * v)), 2.5, 2);

    private static RasterImage Tin() => Drawing.Noisy(
        Drawing.Of(520, 360, (x, y) =>
        {
            double across = (x - 260) / 125.0;
            double light = Math.Abs(across) >= 1 ? 0 : Math.Sqrt(1 - across * across);
            return Math.Abs(across) < 1 && y is > 40 and < 320 ? (70 + 150 * light, 90 + 140 * light, 60 + 60 * light) : (60 + y / 9.0, 62 + y / 9.0, 70 + y / 9.0);
        }), 2, 5);

    private static StrayTextScan NoScan() => throw GessoException.Unavailable("ocr_models_missing", "no models here");
}
