using CsCheck;
using Gesso.Contracts.Errors;
using Gesso.Typography.Document;
using Gesso.Typography.Scene;

namespace Gesso.Typography.Tests.Scene;

public sealed class SurfaceTests
{
    private static readonly Quad Leaning = new(new ScenePoint(40, 60), new ScenePoint(300, 20), new ScenePoint(330, 210), new ScenePoint(20, 190));

    private static readonly Gen<ScenePoint> Inside = Gen.Select(Gen.Double[0.001, 0.999], Gen.Double[0.001, 0.999], (x, y) => new ScenePoint(x, y));

    [Fact]
    public void Homography_maps_the_four_corners_exactly()
    {
        var to = Quad.Box(0, 0, 500, 200);
        var map = Homography.Between(Leaning, to);

        foreach (var (from, expected) in Leaning.Corners.Zip(to.Corners))
            AssertNear(expected, map.Map(from), 1e-9);
    }

    [Fact]
    public void Homography_keeps_straight_lines_straight_and_its_inverse_undoes_it() => Inside.Sample(p =>
    {
        var map = Homography.FromUnitSquare(Leaning);
        var on = map.Map(p);
        AssertNear(p, map.Inverse().Map(on), 1e-9);
        var (left, right) = (map.Map(new ScenePoint(0, p.Y)), map.Map(new ScenePoint(1, p.Y)));
        Assert.Equal(0, (right - left).Cross(on - left) / left.DistanceTo(right), 1e-6);
    });

    [Theory]
    [InlineData(180, 0.25, 0.3)]
    [InlineData(120, 0.1, 0.14)]
    [InlineData(60, -0.2, -0.1)]
    [InlineData(30, 0, 0)]
    public void Cylinder_and_its_inverse_agree(double arc, double top, double bottom)
    {
        var surface = new CylinderSurface(new Cylinder(Leaning, arc, top, bottom));

        Inside.Sample(p =>
        {
            Assert.True(surface.TryLocate(surface.Place(p), out var back));
            AssertNear(p, back, 1e-5);                                                       // at 180° the sine is flat where it ends
        });
    }

    [Fact]
    public void Cylinder_narrows_towards_its_edges_and_sags_where_one_looks_from_above()
    {
        var surface = new CylinderSurface(new Cylinder(Quad.Box(0, 0, 200, 100), 160, 0.2, 0.2));
        double Width(double u) => surface.Place(new ScenePoint(u + 0.05, 0.5)).X - surface.Place(new ScenePoint(u - 0.05, 0.5)).X;

        Assert.True(Width(0.1) < 0.5 * Width(0.5));
        AssertNear(new ScenePoint(0, 0), surface.Place(new ScenePoint(0, 0)), 1e-9);
        AssertNear(new ScenePoint(100, 20), surface.Place(new ScenePoint(0.5, 0)), 1e-9);
        AssertNear(new ScenePoint(100, 120), surface.Place(new ScenePoint(0.5, 1)), 1e-9);
        Assert.False(surface.TryLocate(new ScenePoint(100, 10), out _));
    }

    [Fact]
    public void Plane_is_seen_only_inside_its_corners()
    {
        var surface = new PlaneSurface(Leaning);

        Assert.True(surface.TryLocate(Leaning.Centre, out _));
        Assert.False(surface.TryLocate(new ScenePoint(10, 100), out _));
        Assert.False(surface.TryLocate(new ScenePoint(1e6, -1e6), out _));
    }

    [Theory]
    [InlineData("mirrored", 100, 0, 0, 0, 0, 100, 100, 100)]
    [InlineData("crossed", 0, 0, 100, 100, 100, 0, 0, 100)]
    [InlineData("not convex", 0, 0, 100, 0, 30, 30, 0, 100)]
    [InlineData("closer", 0, 0, 100, 0, 100, 1, 0, 1)]
    [InlineData("finite", 0, 0, double.NaN, 0, 100, 100, 0, 100)]
    public void Bad_quads_are_refused_with_the_reason(string reason, double x0, double y0, double x1, double y1, double x2, double y2, double x3, double y3)
    {
        var quad = new Quad(new ScenePoint(x0, y0), new ScenePoint(x1, y1), new ScenePoint(x2, y2), new ScenePoint(x3, y3));

        var error = Assert.Throws<GessoException>(() => new PlaneSurface(quad));

        Assert.Equal("bad_quad", error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(181, 0, 0)]
    [InlineData(90, 0.9, 0)]
    [InlineData(90, 0, double.NaN)]
    public void Bad_cylinders_are_refused(double arc, double top, double bottom) =>
        Assert.Equal("bad_cylinder", Assert.Throws<GessoException>(() => new Cylinder(Leaning, arc, top, bottom).Validate()).Code);

    [Fact]
    public void Places_of_a_document_are_surfaces()
    {
        TextPoint[] corners = [.. Leaning.Corners.Select(c => new TextPoint(c.X, c.Y))];

        Assert.Equal(Leaning, Assert.IsType<PlaneSurface>(LayerSurface.Of(new QuadRegion(corners))).Quad);
        Assert.Equal(new Cylinder(Leaning, 90, 0.2, 0.3), Assert.IsType<CylinderSurface>(LayerSurface.Of(new CylinderRegion(corners, 90, 0.2, 0.3))).Cylinder);
        AssertNear(new ScenePoint(75, 0), LayerSurface.Of(new BoxRegion(0, 25, 100, 50, 90))!.Place(new ScenePoint(0, 0)), 1e-9);
        Assert.Null(LayerSurface.Of(new CurveRegion("M 0 0 L 10 10")));
    }

    private static void AssertNear(ScenePoint expected, ScenePoint actual, double within) =>
        Assert.True(expected.DistanceTo(actual) <= within, $"expected {expected}, got {actual}");
}
