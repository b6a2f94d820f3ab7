using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Scene;
using Gesso.Typography.Verification.Oracle;
using SkiaSharp;

namespace Gesso.Typography.Tests.Scene;

public sealed class SceneCompositorTests
{
    private static readonly Quad Sign = new(new ScenePoint(70, 60), new ScenePoint(330, 90), new ScenePoint(320, 210), new ScenePoint(80, 230));

    private static readonly SceneOptions Bare = new() { Shading = 0, Grain = 0, Softness = 0 };

    [Fact]
    public void Pixels_without_ink_stay_the_same_bits()
    {
        var picture = Drawing.Noisy(Drawing.Busy(400, 300, 1), 5, 2);

        var placed = SceneCompositor.Place(picture, Drawing.Sheet(100, 50, 200, 30, 30, 180), new PlaneSurface(Sign));

        int changed = 0;
        for (int i = 0; i < placed.Mask.Pixels.Length; i++)
        {
            bool same = picture.Pixels.AsSpan(3 * i, 3).SequenceEqual(placed.Picture.Pixels.AsSpan(3 * i, 3));
            Assert.True(same || placed.Mask.Pixels[i] > 0, $"pixel {i} changed outside the mask");
            changed += same ? 0 : 1;
        }
        Assert.InRange(changed, 0.9 * Sign.Area, 1.1 * Sign.Area);
        Assert.Equal(0, placed.Mask.Pixels[10 * 400 + 10]);
    }

    [Fact]
    public void Half_covered_pixels_are_half_the_light()
    {
        var placed = SceneCompositor.Place(Drawing.Plain(400, 300, 0), Drawing.Sheet(10, 10, 255, 255, 255, 128), new PlaneSurface(Sign), Bare);

        Assert.Equal(188, placed.Picture.Pixels[(150 * 400 + 200) * 3]);                      // half of the bytes would be 128
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Any_picture_can_be_written_on(int channels)
    {
        var picture = new RasterImage(400, 300, channels, new byte[400 * 300 * channels]);

        var placed = SceneCompositor.Place(picture, Drawing.Sheet(10, 10, 250, 120, 10, 255), new PlaneSurface(Sign), Bare);

        Assert.Equal(Math.Max(3, channels), placed.Picture.Channels);
        Assert.Equal([250, 120, 10], placed.Picture.Pixels.AsSpan((150 * 400 + 200) * placed.Picture.Channels, 3).ToArray());
        if (channels == 4)
            Assert.Equal((255, 0), (placed.Picture.Pixels[(150 * 400 + 200) * 4 + 3], placed.Picture.Pixels[3]));
    }

    [Fact]
    public void Shadow_on_the_plate_falls_on_the_ink_too()
    {
        var picture = Drawing.Of(400, 300, (x, _) => x < 200 ? (200, 200, 200) : (90, 90, 90));

        var placed = SceneCompositor.Place(picture, Drawing.Sheet(10, 10, 180, 40, 40, 255), new PlaneSurface(Sign), new SceneOptions { Grain = 0, Softness = 0 });

        double Light(int x, int c) => LinearLight.Of(placed.Picture.Pixels[(150 * 400 + x) * 3 + c]);
        double plate = LinearLight.Of(90) / LinearLight.Of(200);
        Assert.Equal(plate, Light(280, 0) / Light(120, 0), 0.04);
        Assert.InRange(placed.Measures.DarkestShade, 0, 0.9 * placed.Measures.BrightestShade);
    }

    [Fact]
    public void Grain_on_the_ink_is_as_strong_as_the_plates()
    {
        var picture = Drawing.Noisy(Drawing.Plain(400, 300, 150), 6, 3);

        var placed = SceneCompositor.Place(picture, Drawing.Sheet(10, 10, 60, 60, 110, 255), new PlaneSurface(Sign), new SceneOptions { Softness = 0 });

        double ink = Deviation(placed.Picture), plate = Deviation(picture);
        Assert.InRange(placed.Measures.Grain, 4.5, 7.5);
        Assert.InRange(ink, 0.75 * plate, 1.15 * plate);
        Assert.InRange(Deviation(SceneCompositor.Place(picture, Drawing.Sheet(10, 10, 60, 60, 110, 255), new PlaneSurface(Sign), Bare).Picture), 0, 0.5);
    }

    [Theory]
    [InlineData(0.7)]
    [InlineData(1.2)]
    [InlineData(2)]
    [InlineData(3)]
    public void Softness_of_a_picture_is_measured(double sigma)
    {
        var sharp = Drawing.WithPlate(Drawing.Plain(400, 300, 60), Sign, (_, _) => (210, 200, 190));

        double measured = Sharpness.Estimate(Plane.Luma(Drawing.Noisy(Drawing.Blurred(sharp, sigma), 1.5, 4)), new PixelBox(0, 0, 400, 300));

        Assert.InRange(measured, 0.75 * sigma - 0.1, 1.25 * sigma + 0.1);
    }

    [Fact]
    public void Ink_is_as_soft_as_the_picture()
    {
        var picture = Drawing.Blurred(Drawing.WithPlate(Drawing.Plain(400, 300, 60), Quad.Box(50, 40, 300, 220), (_, _) => (210, 200, 190)), 2);

        var placed = SceneCompositor.Place(picture, Drawing.Sheet(50, 50, 20, 20, 20, 255), new PlaneSurface(Quad.Box(120, 100, 160, 100)), new SceneOptions { Grain = 0 });

        double[] profile = [.. Enumerable.Range(100, 40).Select(x => placed.Mask.Pixels[150 * 400 + x] / 255.0)];
        double width = Crossing(profile, 0.9) - Crossing(profile, 0.1);                       // 2.563 σ of a Gaussian edge
        Assert.InRange(width / 2.563, 1.5, 2.5);
    }

    [Fact]
    public void Text_comes_back_from_a_sign_in_perspective()
    {
        Assert.SkipWhen(TestFonts.Path is null, TestFonts.Missing);
        var quad = new Quad(new ScenePoint(120, 90), new ScenePoint(660, 160), new ScenePoint(640, 420), new ScenePoint(140, 470));
        var surface = new PlaneSurface(quad);
        var size = SceneCompositor.RasterSize(surface);
        var text = Drawing.Text("OPEN DAILY", size.Width, size.Height, SKColors.White);
        var picture = Drawing.Noisy(Drawing.WithPlate(Drawing.Busy(800, 600, 5), quad, (u, v) => (40 + 30 * u, 70 + 40 * v, 130 - 30 * u)), 3, 6);

        var placed = SceneCompositor.Place(picture, text, surface);

        Drawing.Show("sign-perspective", placed.Picture);
        var flat = Rectifier.Rectify(SceneCompositor.Place(picture, text, surface, Bare).Mask, surface, size);
        Assert.InRange(InkAgreement.Between(Drawing.Alpha(text), flat).Iou, 0.9, 1);
        Assert.InRange(placed.Measures.Contrast, 3, 21);
    }

    [Fact]
    public void Text_comes_back_from_a_can()
    {
        Assert.SkipWhen(TestFonts.Path is null, TestFonts.Missing);
        var surface = new CylinderSurface(new Cylinder(Quad.Box(150, 120, 300, 330), 150, 0.12, 0.17));
        var size = SceneCompositor.RasterSize(surface);
        var text = Drawing.Text("TOMATO\nSOUP\nextra fine", size.Width, size.Height, new SKColor(160, 20, 24));

        var placed = SceneCompositor.Place(Can(), text, surface);

        Drawing.Show("can", placed.Picture);
        var flat = Rectifier.Rectify(SceneCompositor.Place(Can(), text, surface, Bare).Mask, surface, size);
        Drawing.Show("can-flat", Rectifier.Rectify(placed.Picture, surface, size));
        Assert.InRange(InkAgreement.Between(Drawing.Alpha(text), flat).Iou, 0.85, 1);
    }

    [Theory]
    [InlineData(400, 60, 4)]
    [InlineData(1250, 800, 2)]
    [InlineData(4000, 3000, 2)]
    public void Small_surfaces_are_drawn_finer(int width, int height, double times)
    {
        PlaneSurface surface = new(Quad.Box(0, 0, width, height));

        Assert.Equal(times, SceneCompositor.Oversampling(surface), 3);
        Assert.Equal(new ImageSize((int)(width * times), (int)(height * times)), SceneCompositor.RasterSize(surface));
    }

    [Fact]
    public void Wrong_input_is_refused_with_a_reason()
    {
        var picture = Drawing.Plain(100, 100, 9);
        void Refused(string code, Action call) => Assert.Equal(code, Assert.Throws<GessoException>(call).Code);

        Refused("bad_text_raster", () => SceneCompositor.Place(picture, picture, new PlaneSurface(Quad.Box(10, 10, 50, 50))));
        Refused("surface_outside", () => SceneCompositor.Place(picture, Drawing.Sheet(5, 5, 0, 0, 0, 255), new PlaneSurface(Quad.Box(200, 10, 50, 50))));
        Refused("out_of_range", () => SceneCompositor.Place(
            picture, Drawing.Sheet(5, 5, 0, 0, 0, 255), new PlaneSurface(Quad.Box(10, 10, 50, 50)), new SceneOptions { Shading = double.NaN }));
    }

    /// <summary>A can on a table, lit from the left, its paper cream.</summary>
    private static RasterImage Can()
    {
        var picture = Drawing.Of(600, 600, (x, y) =>
        {
            double wall = 150 - 0.1 * y;
            var back = y > 430 ? (120 - 0.05 * x, 92 - 0.04 * x, 70 - 0.04 * x) : (wall, wall + 4, wall + 10);
            double s = (x + 0.5 - 300) / 150;
            if (Math.Abs(s) >= 1)
                return back;
            double bulge = Math.Sqrt(1 - s * s);
            if (y < 70 - 22 * bulge || y > 470 + 60 * bulge)
                return back;
            if (y < 70 + 22 * bulge)
                return (188 - 30 * s, 190 - 30 * s, 194 - 30 * s);                            // the lid
            double light = 0.25 + 0.75 * Math.Max(0, 0.55 * bulge - 0.62 * s) + 0.5 * Math.Exp(-Math.Pow((s + 0.45) / 0.1, 2));
            return (238 * Math.Sqrt(light), 228 * Math.Sqrt(light), 205 * Math.Sqrt(light));
        });
        return Drawing.Noisy(Drawing.Blurred(picture, 0.8), 2.5, 8);
    }

    /// <summary>Without what is wider than grain, over the middle of the sign.</summary>
    private static double Deviation(RasterImage image)
    {
        List<double> differences = [];
        for (int y = 120; y < 180; y++)
        {
            for (int x = 120; x < 280; x++)
                differences.Add((image.Pixels[(y * image.Width + x) * 3] - image.Pixels[(y * image.Width + x + 2) * 3]) / Math.Sqrt(2));
        }
        double mean = differences.Average();
        return Math.Sqrt(differences.Average(d => (d - mean) * (d - mean)));
    }

    private static double Crossing(double[] rising, double level)
    {
        int i = Array.FindIndex(rising, v => v >= level);
        return i - 1 + (level - rising[i - 1]) / (rising[i] - rising[i - 1]);
    }
}
