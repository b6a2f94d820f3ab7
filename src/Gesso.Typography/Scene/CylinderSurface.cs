using Gesso.Contracts.Errors;

namespace Gesso.Typography.Scene;

/// <summary>A label around a can, a bottle, a cup, a column.</summary>
/// <param name="Ends">
/// Corners of the label as seen: its left and right edges run along the cylinder's axis, so the quad also says how the axis leans.
/// </param>
/// <param name="ArcDegrees">How much of the circle the label covers, seen from the axis: above 0 … 180; at 180 it ends on the silhouette.</param>
/// <param name="TopSag">
/// How far the middle of the label's upper edge lies below the line between its ends, as a part of the label's height: above 0 where one looks
/// at the cylinder from above, below 0 from below.
/// </param>
/// <param name="BottomSag">The same of the lower edge; it bends more than the upper one when the eye is above both.</param>
public sealed record Cylinder(Quad Ends, double ArcDegrees = 120, double TopSag = 0.1, double BottomSag = 0.14)
{
    public const double MostArcDegrees = 180;

    private const double MostSag = 0.8;

    /// <exception cref="GessoException"><c>bad_quad</c> or <c>bad_cylinder</c>.</exception>
    public void Validate()
    {
        Ends.Validate();
        if (!(ArcDegrees is > 1 and <= MostArcDegrees))
            throw GessoException.Invalid("bad_cylinder", $"Cylinder arc: expected more than 1 and up to {MostArcDegrees} degrees, got {ArcDegrees}.");
        foreach (double sag in (double[])[TopSag, BottomSag])
        {
            if (!(Math.Abs(sag) <= MostSag))
                throw GessoException.Invalid("bad_cylinder", $"Cylinder sag: expected -{MostSag} to {MostSag} of the label's height, got {sag}.");
        }
    }
}

/// <summary>
/// <see cref="Cylinder"/> as a map. Across the label the angle grows evenly, so what is seen of it is its sine: letters narrow towards the edges. A circle
/// around the axis is seen as an ellipse, whose depth the two sags give.
/// </summary>
public sealed class CylinderSurface : SceneSurface
{
    private readonly Homography _place;
    private readonly Homography _locate;
    private readonly double _half;
    private readonly double _sinHalf;
    private readonly double _cosHalf;

    public CylinderSurface(Cylinder cylinder)
    {
        ArgumentNullException.ThrowIfNull(cylinder);
        cylinder.Validate();
        Cylinder = cylinder;
        _place = Homography.FromUnitSquare(cylinder.Ends);
        _locate = _place.Inverse();
        _half = cylinder.ArcDegrees * Math.PI / 360;
        _sinHalf = Math.Sin(_half);
        _cosHalf = Math.Cos(_half);
    }

    public Cylinder Cylinder { get; }

    /// <summary>Its width is the arc's length, not the chord's.</summary>
    public override (double Width, double Height) Extent => (Cylinder.Ends.Width * _half / _sinHalf, Cylinder.Ends.Height);

    public override ScenePoint Place(ScenePoint uv)
    {
        double angle = (2 * uv.X - 1) * _half;
        double across = 0.5 + Math.Sin(angle) / (2 * _sinHalf);
        return _place.Map(new ScenePoint(across, uv.Y + Bulge(Math.Cos(angle)) * Sag(uv.Y)));
    }

    public override bool TryLocate(ScenePoint at, out ScenePoint uv)
    {
        var flat = _locate.Map(at);
        uv = flat;
        if (flat.X is < 0 or > 1 || !_place.Sees(flat))
            return false;
        double sin = Math.Clamp((2 * flat.X - 1) * _sinHalf, -1, 1);
        double bulge = Bulge(Math.Sqrt(1 - sin * sin));
        double v = (flat.Y - bulge * Cylinder.TopSag) / (1 + bulge * (Cylinder.BottomSag - Cylinder.TopSag));
        uv = new ScenePoint((Math.Asin(sin) / _half + 1) / 2, v);
        return v is >= 0 and <= 1;
    }

    /// <summary>How much nearer than the label's ends: 0 there, 1 in the middle.</summary>
    private double Bulge(double cos) => (cos - _cosHalf) / (1 - _cosHalf);

    private double Sag(double v) => Cylinder.TopSag + (Cylinder.BottomSag - Cylinder.TopSag) * v;
}
