using Gesso.Contracts.Images;
using Gesso.Typography.Scene;

namespace Gesso.Typography.Verification.StrayText;

/// <summary>A plate before and after cleaning.</summary>
/// <param name="Picture">Outside <paramref name="Mask"/> bit-identical.</param>
/// <param name="Mask">255 where something was painted over.</param>
/// <param name="Before">What was found.</param>
/// <param name="After">What is still there; empty: clean.</param>
public sealed record CleanedPlate(RasterImage Picture, RasterImage Mask, IReadOnlyList<StrayPlace> Before, IReadOnlyList<StrayPlace> After)
{
    public bool IsClean => After.Count == 0;
}

/// <summary>Takes unrequested text out of a picture, and looks again.</summary>
public sealed class PlateCleaner(StrayTextScan scan)
{
    private const int Rounds = 3;

    /// <summary>Strokes reach beyond the box that a detector draws, more so in its second try.</summary>
    private const double Margin = 0.25;

    public CleanedPlate Clean(RasterImage picture, IReadOnlyList<Quad> planned)
    {
        var before = scan.Find(picture, planned);
        var after = before;
        var mask = new RasterImage(picture.Width, picture.Height, 1, new byte[picture.Width * picture.Height]);
        for (int round = 1; round <= Rounds && after.Count > 0; round++)
        {
            var filled = new RasterImage(picture.Width, picture.Height, 1, new byte[mask.Pixels.Length]);
            foreach (var stray in after)
                Cover(filled, Widened(stray.Quad, Margin * round));
            picture = Inpainting.Fill(picture, filled);
            for (int i = 0; i < mask.Pixels.Length; i++)
                mask.Pixels[i] |= filled.Pixels[i];
            after = scan.Find(picture, planned);
        }
        return new CleanedPlate(picture, mask, before, after);
    }

    private static Quad Widened(Quad quad, double by)
    {
        double margin = Math.Max(2, by * Math.Min(quad.Width, quad.Height));
        ScenePoint Away(ScenePoint corner, ScenePoint a, ScenePoint b) => corner + (Unit(corner - a) + Unit(corner - b)) * margin;
        return new Quad(
            Away(quad.TopLeft, quad.TopRight, quad.BottomLeft),
            Away(quad.TopRight, quad.TopLeft, quad.BottomRight),
            Away(quad.BottomRight, quad.BottomLeft, quad.TopRight),
            Away(quad.BottomLeft, quad.BottomRight, quad.TopLeft));
    }

    private static ScenePoint Unit(ScenePoint p) => p * (1 / Math.Max(1e-9, Math.Sqrt(p.Dot(p))));

    private static void Cover(RasterImage mask, Quad quad)
    {
        var box = PixelBox.Around(quad.Corners, 1, mask);
        for (int y = box.Y; y < box.Bottom; y++)
        {
            for (int x = box.X; x < box.Right; x++)
            {
                if (quad.Contains(new ScenePoint(x + 0.5, y + 0.5)))
                    mask.Pixels[y * mask.Width + x] = 255;
            }
        }
    }
}
