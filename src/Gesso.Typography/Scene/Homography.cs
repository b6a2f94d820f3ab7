using Gesso.Contracts.Errors;

namespace Gesso.Typography.Scene;

/// <summary>
/// A projective map of the plane, as a 3×3 matrix by rows. Four points and their images determine it exactly; the eight unknowns are solved with the unit
/// square between them (Heckbert, Fundamentals of Texture Mapping, 1989, §2.2.3), so no iteration and no least squares.
/// </summary>
public readonly record struct Homography(
    double A, double B, double C,
    double D, double E, double F,
    double G, double H, double I)
{
    /// <summary>From the unit square, its top left corner at 0,0, onto a quad.</summary>
    public static Homography FromUnitSquare(Quad quad)
    {
        ArgumentNullException.ThrowIfNull(quad);
        var (p0, p1, p2, p3) = (quad.TopLeft, quad.TopRight, quad.BottomRight, quad.BottomLeft);
        var sum = p0 - p1 + p2 - p3;
        var d1 = p1 - p2;
        var d2 = p3 - p2;
        double det = d1.Cross(d2);
        if (det == 0)
            throw GessoException.Invalid("bad_quad", $"Quad: expected four corners of which no three are on one line; got {quad}.");
        double g = sum.Cross(d2) / det;
        double h = d1.Cross(sum) / det;
        return new Homography(
            p1.X - p0.X + g * p1.X, p3.X - p0.X + h * p3.X, p0.X,
            p1.Y - p0.Y + g * p1.Y, p3.Y - p0.Y + h * p3.Y, p0.Y,
            g, h, 1);
    }

    /// <summary>The map that takes each corner of one quad to the same corner of another.</summary>
    public static Homography Between(Quad from, Quad to) => FromUnitSquare(to).After(FromUnitSquare(from).Inverse());

    public ScenePoint Map(ScenePoint p)
    {
        double w = G * p.X + H * p.Y + I;
        return new ScenePoint((A * p.X + B * p.Y + C) / w, (D * p.X + E * p.Y + F) / w);
    }

    /// <summary>Whether a point lies before the horizon; behind it the map has no meaning.</summary>
    public bool Sees(ScenePoint p) => (G * p.X + H * p.Y + I) * I > 0;

    /// <summary>First the other, then this.</summary>
    public Homography After(Homography o) => new(
        A * o.A + B * o.D + C * o.G, A * o.B + B * o.E + C * o.H, A * o.C + B * o.F + C * o.I,
        D * o.A + E * o.D + F * o.G, D * o.B + E * o.E + F * o.H, D * o.C + E * o.F + F * o.I,
        G * o.A + H * o.D + I * o.G, G * o.B + H * o.E + I * o.H, G * o.C + H * o.F + I * o.I);

    public Homography Inverse()
    {
        double a = E * I - F * H, b = C * H - B * I, c = B * F - C * E;
        double det = A * a + D * b + G * c;
        return new Homography(
            a / det, b / det, c / det,
            (F * G - D * I) / det, (A * I - C * G) / det, (C * D - A * F) / det,
            (D * H - E * G) / det, (B * G - A * H) / det, (A * E - B * D) / det);
    }
}
