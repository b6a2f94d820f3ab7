using Gesso.Contracts.Images;

namespace Gesso.Typography.Scene;

/// <summary>A box of whole pixels.</summary>
public readonly record struct PixelBox(int X, int Y, int Width, int Height)
{
    public int Right => X + Width;

    public int Bottom => Y + Height;

    public bool IsEmpty => Width <= 0 || Height <= 0;

    public long Area => IsEmpty ? 0 : (long)Width * Height;

    public static PixelBox Whole(RasterImage image) => new(0, 0, image.Width, image.Height);

    /// <summary>The smallest box around points, widened and cut to the picture.</summary>
    public static PixelBox Around(IEnumerable<ScenePoint> points, double margin, RasterImage within)
    {
        double left = double.MaxValue, top = double.MaxValue, right = double.MinValue, bottom = double.MinValue;
        foreach (var p in points)
        {
            (left, right) = (Math.Min(left, p.X), Math.Max(right, p.X));
            (top, bottom) = (Math.Min(top, p.Y), Math.Max(bottom, p.Y));
        }
        int x0 = (int)Math.Clamp(Math.Floor(left - margin), 0, within.Width), x1 = (int)Math.Clamp(Math.Ceiling(right + margin), 0, within.Width);
        int y0 = (int)Math.Clamp(Math.Floor(top - margin), 0, within.Height), y1 = (int)Math.Clamp(Math.Ceiling(bottom + margin), 0, within.Height);
        return new PixelBox(x0, y0, x1 - x0, y1 - y0);
    }

    public PixelBox Grow(int by, RasterImage within) =>
        Around([new ScenePoint(X, Y), new ScenePoint(Right, Bottom)], by, within);

    public PixelBox Intersect(PixelBox other)
    {
        int x = Math.Max(X, other.X), y = Math.Max(Y, other.Y);
        return new PixelBox(x, y, Math.Max(0, Math.Min(Right, other.Right) - x), Math.Max(0, Math.Min(Bottom, other.Bottom) - y));
    }

    public bool Contains(int x, int y) => x >= X && x < Right && y >= Y && y < Bottom;
}
