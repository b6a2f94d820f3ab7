namespace Gesso.Typography.Scene;

/// <summary>
/// Something in a picture that carries text. Points of the flat text are u, v: 0, 0 its top left and 1, 1 its bottom right corner. Both directions are closed
/// formulas and inverse to each other.
/// </summary>
public abstract class SceneSurface
{
    /// <summary>Where a point of the flat text is in the picture.</summary>
    public abstract ScenePoint Place(ScenePoint uv);

    /// <summary>Which point of the flat text is at a place of the picture; false where the surface is not seen.</summary>
    public abstract bool TryLocate(ScenePoint at, out ScenePoint uv);

    /// <summary>The size of the flat text in pixels of the picture, where the surface is nearest.</summary>
    public abstract (double Width, double Height) Extent { get; }

    /// <summary>The outline in the picture, clockwise.</summary>
    public IReadOnlyList<ScenePoint> Outline(int pointsASide = 24)
    {
        List<ScenePoint> outline = [];
        for (int side = 0; side < 4; side++)
        {
            for (int i = 0; i < pointsASide; i++)
            {
                double t = (double)i / pointsASide;
                outline.Add(Place(side switch
                {
                    0 => new ScenePoint(t, 0),
                    1 => new ScenePoint(1, t),
                    2 => new ScenePoint(1 - t, 1),
                    _ => new ScenePoint(0, 1 - t),
                }));
            }
        }
        return outline;
    }
}

/// <summary>A flat surface: sign, paper, screen, wall.</summary>
public sealed class PlaneSurface : SceneSurface
{
    private readonly Homography _place;
    private readonly Homography _locate;

    public PlaneSurface(Quad quad)
    {
        ArgumentNullException.ThrowIfNull(quad);
        quad.Validate();
        Quad = quad;
        _place = Homography.FromUnitSquare(quad);
        _locate = _place.Inverse();
    }

    public Quad Quad { get; }

    public override (double Width, double Height) Extent => (Quad.Width, Quad.Height);

    public override ScenePoint Place(ScenePoint uv) => _place.Map(uv);

    public override bool TryLocate(ScenePoint at, out ScenePoint uv)
    {
        uv = _locate.Map(at);
        return uv.X is >= 0 and <= 1 && uv.Y is >= 0 and <= 1 && _place.Sees(uv);
    }
}
