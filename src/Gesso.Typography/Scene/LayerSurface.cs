using Gesso.Typography.Document;

namespace Gesso.Typography.Scene;

/// <summary>Places of a text document as surfaces of a picture.</summary>
public static class LayerSurface
{
    /// <summary>Null for a line along a path, which lies on nothing.</summary>
    public static SceneSurface? Of(LayerRegion region) => region switch
    {
        BoxRegion box => new PlaneSurface(Turned(box)),
        QuadRegion quad => new PlaneSurface(Corners(quad.Corners)),
        CylinderRegion label => new CylinderSurface(new Cylinder(Corners(label.Corners), label.Arc, label.TopSag, label.BottomSag)),
        _ => null,
    };

    private static Quad Corners(IReadOnlyList<TextPoint> corners) => new(Point(corners[0]), Point(corners[1]), Point(corners[2]), Point(corners[3]));

    private static ScenePoint Point(TextPoint point) => new(point.X, point.Y);

    private static Quad Turned(BoxRegion box)
    {
        var upright = Quad.Box(box.X, box.Y, box.Width, box.Height);
        var (sin, cos) = Math.SinCos(box.Rotation * Math.PI / 180);
        ScenePoint Turn(ScenePoint corner)
        {
            var p = corner - upright.Centre;
            return upright.Centre + new ScenePoint(p.X * cos - p.Y * sin, p.X * sin + p.Y * cos);
        }
        return new Quad(Turn(upright.TopLeft), Turn(upright.TopRight), Turn(upright.BottomRight), Turn(upright.BottomLeft));
    }
}
