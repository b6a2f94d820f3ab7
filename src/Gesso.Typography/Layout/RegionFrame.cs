using Gesso.Contracts.Errors;
using Gesso.Typography.Document;
using SkiaSharp;

namespace Gesso.Typography.Layout;

/// <summary>The flat rectangle that a text is laid into, and how it lies in the picture.</summary>
internal readonly record struct RegionFrame(double Width, double Height, SKMatrix ToPicture)
{
    public static RegionFrame Of(LayerRegion region) => region switch
    {
        BoxRegion box => new RegionFrame(
            box.Width, box.Height,
            SKMatrix.CreateRotationDegrees((float)box.Rotation, (float)(box.Width / 2), (float)(box.Height / 2)).PostConcat(SKMatrix.CreateTranslation((float)box.X, (float)box.Y))),
        QuadRegion quad => OfQuad(quad.Corners),
        CylinderRegion cylinder => Flat(cylinder),
        OpenRegion => throw NoRegion(),
        _ => throw GessoException.Bug("no_frame", $"{region.GetType().Name} has no frame."),
    };

    public static GessoException NoRegion() => GessoException.Invalid(
        "region_missing", "it has no region: give a quad or a cylinder, or let a surface of the picture be found with `gesso text render --find-surface`.");

    /// <summary>A cylinder's label unrolled; bending it is the scene's work.</summary>
    private static RegionFrame Flat(CylinderRegion cylinder)
    {
        double half = cylinder.Arc * Math.PI / 360;
        var (width, height) = Sides(cylinder.Corners);
        return new RegionFrame(width * half / Math.Sin(half), height, SKMatrix.Identity);
    }

    private static RegionFrame OfQuad(IReadOnlyList<TextPoint> corners)
    {
        var (width, height) = Sides(corners);
        return new RegionFrame(width, height, Homography(width, height, corners));
    }

    /// <summary>The longer ones of both pairs of sides: as large as the surface where it is nearest.</summary>
    private static (double Width, double Height) Sides(IReadOnlyList<TextPoint> c) =>
        (Math.Max(Distance(c[0], c[1]), Distance(c[3], c[2])), Math.Max(Distance(c[0], c[3]), Distance(c[1], c[2])));

    private static double Distance(TextPoint a, TextPoint b) => Math.Sqrt((a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y));

    /// <summary>The rectangle's corners onto the quad's (Heckbert, Fundamentals of Texture Mapping, section 2.2.3).</summary>
    private static SKMatrix Homography(double width, double height, IReadOnlyList<TextPoint> c)
    {
        double dx1 = c[1].X - c[2].X, dx2 = c[3].X - c[2].X, dx3 = c[0].X - c[1].X + c[2].X - c[3].X;
        double dy1 = c[1].Y - c[2].Y, dy2 = c[3].Y - c[2].Y, dy3 = c[0].Y - c[1].Y + c[2].Y - c[3].Y;
        double det = dx1 * dy2 - dx2 * dy1;
        double g = (dx3 * dy2 - dx2 * dy3) / det, h = (dx1 * dy3 - dx3 * dy1) / det;
        return new SKMatrix(
            (float)((c[1].X - c[0].X + g * c[1].X) / width), (float)((c[3].X - c[0].X + h * c[3].X) / height), (float)c[0].X,
            (float)((c[1].Y - c[0].Y + g * c[1].Y) / width), (float)((c[3].Y - c[0].Y + h * c[3].Y) / height), (float)c[0].Y,
            (float)(g / width), (float)(h / height), 1);
    }
}
