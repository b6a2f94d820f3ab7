using System.Globalization;
using Gesso.Contracts.Errors;

namespace Gesso.Typography.Scene;

/// <summary>
/// Four corners of something flat in a picture. The names are those of the text that goes onto it: a sign hung upside down has its
/// <see cref="TopLeft"/> at the lower right of the picture. Corners may lie outside the picture.
/// </summary>
public sealed record Quad(ScenePoint TopLeft, ScenePoint TopRight, ScenePoint BottomRight, ScenePoint BottomLeft)
{
    /// <summary>Smallest side, in pixels, that can carry text.</summary>
    public const double ShortestSide = 4;

    /// <summary>An upright box.</summary>
    public static Quad Box(double x, double y, double width, double height) =>
        new(new ScenePoint(x, y), new ScenePoint(x + width, y), new ScenePoint(x + width, y + height), new ScenePoint(x, y + height));

    /// <summary>Clockwise from the top left.</summary>
    public IReadOnlyList<ScenePoint> Corners => [TopLeft, TopRight, BottomRight, BottomLeft];

    public double Area => Polygon.Area(Corners);

    public ScenePoint Centre => (TopLeft + TopRight + BottomRight + BottomLeft) * 0.25;

    /// <summary>The longer one of the upper and the lower side.</summary>
    public double Width => Math.Max(TopLeft.DistanceTo(TopRight), BottomLeft.DistanceTo(BottomRight));

    /// <summary>The longer one of the left and the right side.</summary>
    public double Height => Math.Max(TopLeft.DistanceTo(BottomLeft), TopRight.DistanceTo(BottomRight));

    public bool Contains(ScenePoint point) => Polygon.Contains(Corners, point);

    /// <exception cref="GessoException"><c>bad_quad</c>: not a number, too small, not convex, or corners in the wrong order.</exception>
    public void Validate()
    {
        var corners = Corners;
        if (corners.Any(c => !double.IsFinite(c.X) || !double.IsFinite(c.Y)))
            throw Bad("a corner is not a finite number");
        for (int i = 0; i < 4; i++)
        {
            var (a, b, c) = (corners[i], corners[(i + 1) % 4], corners[(i + 2) % 4]);
            if (a.DistanceTo(b) < ShortestSide)
                throw Bad($"two corners are closer than {ShortestSide} pixels");
            if ((b - a).Cross(c - b) <= 0)
                throw Bad("it is mirrored, crossed or not convex");
        }
    }

    public override string ToString() => string.Join(" ", Corners.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.X:0.#},{c.Y:0.#}")));

    private GessoException Bad(string why) => GessoException.Invalid(
        "bad_quad", $"Quad: expected four corners clockwise from the text's top left, of a convex shape; got {this}, where {why}.");
}
