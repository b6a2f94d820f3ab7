namespace Gesso.Typography.Scene;

/// <summary>An upright part of a surface's flat text, such as one of its lines; it may reach beyond the surface.</summary>
/// <param name="whole">What it is a part of.</param>
/// <param name="from">Its top left corner in u and v of the whole.</param>
/// <param name="to">Its bottom right corner.</param>
internal sealed class SurfacePart(SceneSurface whole, ScenePoint from, ScenePoint to) : SceneSurface
{
    private readonly ScenePoint _size = to - from;

    public override (double Width, double Height) Extent => (whole.Extent.Width * _size.X, whole.Extent.Height * _size.Y);

    public override ScenePoint Place(ScenePoint uv) => whole.Place(new ScenePoint(from.X + _size.X * uv.X, from.Y + _size.Y * uv.Y));

    public override bool TryLocate(ScenePoint at, out ScenePoint uv)
    {
        bool seen = whole.TryLocate(at, out var inWhole);
        uv = new ScenePoint((inWhole.X - from.X) / _size.X, (inWhole.Y - from.Y) / _size.Y);
        return seen && uv.X is >= 0 and <= 1 && uv.Y is >= 0 and <= 1;
    }
}
