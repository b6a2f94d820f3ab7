namespace Gesso.Typography.Scene;

/// <summary>A place in a picture, in pixels from the top left corner; pixel (0, 0) covers 0 … 1 in both directions, so its middle is (0.5, 0.5).</summary>
public readonly record struct ScenePoint(double X, double Y)
{
    public static ScenePoint operator +(ScenePoint a, ScenePoint b) => new(a.X + b.X, a.Y + b.Y);

    public static ScenePoint operator -(ScenePoint a, ScenePoint b) => new(a.X - b.X, a.Y - b.Y);

    public static ScenePoint operator *(ScenePoint a, double by) => new(a.X * by, a.Y * by);

    /// <summary>Twice the signed area of the triangle of 0, this and the other: above 0 where the other lies clockwise, as y points down.</summary>
    public double Cross(ScenePoint other) => X * other.Y - Y * other.X;

    public double Dot(ScenePoint other) => X * other.X + Y * other.Y;

    public double DistanceTo(ScenePoint other) => Math.Sqrt((this - other).Dot(this - other));
}
