using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Scene;
using SkiaSharp;

namespace Gesso.Typography.Tests.Scene;

public sealed class PlateDetectorTests
{
    public static TheoryData<double, double, int> Views => new()
    {
        { 0, 0, 1 }, { 12, 0.1, 2 }, { -25, 0.2, 3 }, { 40, 0.15, 4 }, { -8, 0.35, 5 }, { 5, 0.25, 6 },
    };

    [Theory]
    [MemberData(nameof(Views))]
    public void A_plate_is_found_to_within_two_pixels(double turn, double perspective, int seed)
    {
        var quad = Seen(400, 300, 360, 200, turn, perspective);
        var picture = Scene(quad, seed);

        var found = PlateDetector.Find(picture);

        Assert.True(found.Quad is not null, found.Reason);
        AssertNear(quad, found.Quad, 2);
        Assert.InRange(found.Confidence, 0.5, 1);
    }

    [Fact]
    public void Text_on_a_plate_does_not_hinder()
    {
        Assert.SkipWhen(TestFonts.Path is null, TestFonts.Missing);
        var quad = Seen(400, 300, 420, 240, -10, 0.15);
        var surface = new PlaneSurface(quad);
        var picture = SceneCompositor.Place(Scene(quad, 7), Drawing.Text("FRESH BREAD\nevery morning", 840, 480, SKColors.DarkRed), surface).Picture;

        var found = PlateDetector.Find(picture);

        Drawing.Show("detected", picture);
        Assert.True(found.Quad is not null, found.Reason);
        AssertNear(quad, found.Quad, 3);
    }

    [Fact]
    public void A_rough_box_chooses_among_plates()
    {
        Quad left = Seen(200, 300, 220, 160, 6, 0.1), right = Seen(590, 300, 300, 220, -6, 0.1);
        var picture = Drawing.WithPlate(Scene(right, 9), left, (_, _) => (60, 90, 140));

        AssertNear(right, PlateDetector.Find(picture, new PlateSearch { Near = Box(right, 30) }).Require(), 2);
        AssertNear(left, PlateDetector.Find(picture, new PlateSearch { Near = Box(left, 30) }).Require(), 2);
    }

    [Fact]
    public void Pictures_without_a_plate_are_refused()
    {
        RasterImage[] pictures =
        [
            Drawing.Noisy(Drawing.Plain(800, 600, 128), 40, 1),                               // noise
            Drawing.Of(800, 600, (x, y) => (x * 0.2, 90 + y * 0.2, 200 - y * 0.2)),           // sky
            Drawing.Busy(800, 600, 3),                                                        // a wall
            Drawing.Of(800, 600, (x, y) => Math.Pow(x - 400, 2) + Math.Pow(y - 300, 2) < 160 * 160 ? (220, 220, 210) : (60 + x % 7, 80, 70)), // a disc
        ];

        foreach (var picture in pictures)
        {
            var found = PlateDetector.Find(picture);
            Assert.True(found.Quad is null, $"found {found.Quad} with {found.Confidence:0.00}");
            Assert.Contains("four corners", found.Reason, StringComparison.Ordinal);
            var error = Assert.Throws<GessoException>(found.Require);
            Assert.Equal((ErrorKind.Refused, "no_plate"), (error.Kind, error.Code));
        }
    }

    [Fact]
    public void A_search_outside_the_picture_is_refused() => Assert.Equal("out_of_range", Assert.Throws<GessoException>(
        () => PlateDetector.Find(Drawing.Plain(50, 50, 0), new PlateSearch { Near = new PixelBox(60, 0, 10, 10) })).Code);

    private static RasterImage Scene(Quad quad, int seed)
    {
        var plate = Drawing.WithPlate(Drawing.Busy(800, 600, seed), quad, (u, v) => (235 - 40 * u, 230 - 30 * v, 205 - 20 * u));
        return Drawing.Noisy(Drawing.Blurred(plate, 0.8), 3, seed);
    }

    /// <summary>A board of a size, turned in the picture and about its own upright axis.</summary>
    private static Quad Seen(double cx, double cy, double width, double height, double turn, double perspective)
    {
        double a = turn * Math.PI / 180;
        ScenePoint Corner(double u, double v)
        {
            double depth = 1 + perspective * u;
            var (x, y) = (u * width / 2 / depth, v * height / 2 / depth);
            return new ScenePoint(cx + x * Math.Cos(a) - y * Math.Sin(a), cy + x * Math.Sin(a) + y * Math.Cos(a));
        }
        return new Quad(Corner(-1, -1), Corner(1, -1), Corner(1, 1), Corner(-1, 1));
    }

    private static PixelBox Box(Quad quad, int margin)
    {
        double x = quad.Corners.Min(c => c.X), y = quad.Corners.Min(c => c.Y);
        return new PixelBox((int)x - margin, (int)y - margin, (int)(quad.Corners.Max(c => c.X) - x) + 2 * margin, (int)(quad.Corners.Max(c => c.Y) - y) + 2 * margin);
    }

    private static void AssertNear(Quad expected, Quad actual, double within)
    {
        double worst = expected.Corners.Zip(actual.Corners, (e, a) => e.DistanceTo(a)).Max();
        Assert.True(worst <= within, $"expected {expected}, got {actual}: {worst:0.0} pixels off");
    }
}
