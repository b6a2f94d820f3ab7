using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Planning;
using Gesso.Typography.Rendering;
using Gesso.Typography.Scene;

namespace Gesso.Typography.Tests.Scene;

public sealed class CylinderDetectorTests
{
    private const double Left = 150, Right = 410, Top = 170, Bottom = 400;

    /// <summary>A can with a pale label, lit from the left, on a table.</summary>
    private static RasterImage Can(double topDepth, double bottomDepth) => Drawing.Noisy(Drawing.Of(560, 560, (x, y) =>
    {
        double u = (x + 0.5 - Left) / (Right - Left);
        if (u is <= 0 or >= 1)
            return y > 430 ? (140, 110, 80) : (205, 200, 190);
        double bulge = Math.Sqrt(1 - (2 * u - 1) * (2 * u - 1)), light = 0.62 + 0.38 * Math.Cos((u - 0.35) * 2.2);
        bool label = y + 0.5 > Top + topDepth * bulge && y + 0.5 < Bottom + bottomDepth * bulge;
        bool can = y + 0.5 > 90 + topDepth * 0.8 * bulge && y + 0.5 < 470 + bottomDepth * 1.1 * bulge;
        return label ? (240 * light, 232 * light, 214 * light) : can ? (30 * light, 90 * light, 70 * light) : y > 430 ? (140, 110, 80) : (205, 200, 190);
    }), 2, 9);

    [Theory]
    [InlineData(24, 34)]
    [InlineData(40, 52)]
    [InlineData(-20, -12)]
    public void Label_around_a_can_is_found_as_it_bends(double topDepth, double bottomDepth)
    {
        var finding = CylinderDetector.Find(Can(topDepth, bottomDepth));

        Assert.True(finding.Cylinder is not null, $"confidence {finding.Confidence}");
        var surface = new CylinderSurface(finding.Cylinder);
        foreach (double u in (double[])[0, 0.25, 0.5, 0.75, 1])
        {
            foreach (var (v, edge, depth) in ((double, double, double)[])[(0, Top, topDepth), (1, Bottom, bottomDepth)])
            {
                var at = surface.Place(new ScenePoint(u, v));
                double across = (at.X - Left) / (Right - Left), expected = edge + depth * Math.Sqrt(1 - (2 * across - 1) * (2 * across - 1));
                Assert.True(Math.Abs(at.Y - expected) < 5, $"at {u}, {v}: {at.Y:0.0}, expected {expected:0.0}");
            }
        }
        // what faces the eye: 110 degrees of the half circle
        Assert.Equal((Right - Left) * Math.Sin(55 * Math.PI / 180), finding.Cylinder.Ends.Width, 6.0);
    }

    [Fact]
    public void Flat_plate_is_no_cylinder()
    {
        var plate = new Quad(new ScenePoint(90, 70), new ScenePoint(430, 110), new ScenePoint(415, 260), new ScenePoint(105, 285));
        var street = Drawing.Noisy(Drawing.WithPlate(Drawing.Busy(520, 360, 1), plate, (u, _) => (225 - 40 * u, 222 - 40 * u, 205 - 40 * u)), 2, 2);

        Assert.Null(CylinderDetector.Find(street).Cylinder);
        Assert.Null(CylinderDetector.Find(Drawing.Busy(520, 360, 1)).Cylinder);
    }

    [Fact]
    public void Words_of_a_can_go_around_it()
    {
        var renderer = new TextRenderer(FontLibrary.Default);
        var plan = PromptPlanner.Plan("a tin can on a table, its label says \"TOMATOES\" and \"peeled, 400 g\"");
        var can = Can(24, 34);

        var layers = new PromptLayout(renderer).Into(plan, can);
        var rendering = renderer.Render(layers.Document, can);
        Drawing.Show("prompt-can", rendering.Picture);

        Assert.True(plan.IsRound);
        Assert.All(layers.Document.Layers, layer => Assert.IsType<CylinderRegion>(layer.Region));
        Assert.StartsWith("The words lie around the surface", layers.Note, StringComparison.Ordinal);
        Assert.NotNull(layers.Elsewhere);
        Assert.True(rendering.Report.Passed, string.Join("; ", rendering.Report.Layers.SelectMany(layer => layer.Problems)));
    }

    [Theory]
    [InlineData("a bottle with the label \"OLIVE\"", true)]
    [InlineData("a jar labelled \"JAM\"", true)]
    [InlineData("a cereal package with the label \"OATS\"", false)]
    [InlineData("a poster of a bottle with the title \"OLIVE\"", false)]
    public void Round_packages_are_told_by_their_words(string prompt, bool round) => Assert.Equal(round, PromptPlanner.Plan(prompt).IsRound);
}
