using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Layout;
using Gesso.Typography.Rendering;
using Gesso.Typography.Scene;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Typography.Verification;

/// <summary>
/// Cuts the lines of a layer out of a picture as engines read them: upright, seen from the front, from left to right. Lines along curves are straightened, columns laid
/// down letter by letter; each comes with the same words cut out of a plain plate.
/// </summary>
/// <param name="renderer">Draws the plain lines.</param>
internal sealed class LineCuts(TextRenderer renderer)
{
    /// <summary>Around a line, in ems, as far as its neighbours leave room.</summary>
    private const double Air = 0.2;

    /// <summary>Part of its size that a line keeps where rounding of its region leaves no room for all of it.</summary>
    private const double Least = 0.9;

    public IEnumerable<OcrLine> Of(RenderedLayer layer, RasterImage picture) => layer.Layer switch
    {
        { Region: CurveRegion curve } => Curved(layer, curve, picture),
        { Mode: WritingMode.Vertical } => Columns(layer, picture),
        _ => Rows(layer, picture),
    };

    private IEnumerable<OcrLine> Rows(RenderedLayer layer, RasterImage picture)
    {
        var surface = LayerSurface.Of(layer.Layer.Region)!;
        var (width, height) = surface.Extent;
        var plain = Flat(layer, width, height);
        for (int i = 0; i < plain.Lines.Count; i++)
        {
            var line = plain.Lines[i];
            if (line.Text.Length == 0)
                continue;
            var (above, below) = (i == 0 ? 0 : Bottom(plain.Lines[i - 1].Corners), i + 1 == plain.Lines.Count ? height : Top(plain.Lines[i + 1].Corners));
            double air = Air * line.Size, top = Top(line.Corners), bottom = Bottom(line.Corners);
            var from = new ScenePoint(line.Corners.Min(c => c.X) - air, top - Math.Clamp((top - above) / 2, 0, air));
            var to = new ScenePoint(line.Corners.Max(c => c.X) + air, bottom + Math.Clamp((below - bottom) / 2, 0, air));
            var part = new SurfacePart(surface, new ScenePoint(from.X / width, from.Y / height), new ScenePoint(to.X / width, to.Y / height));
            yield return Line(layer, line, Rectifier.Rectify(picture, part), Plain(plain, from, to));
        }
    }

    private IEnumerable<OcrLine> Columns(RenderedLayer layer, RasterImage picture)
    {
        var surface = LayerSurface.Of(layer.Layer.Region)!;
        var (width, height) = surface.Extent;
        var plain = Flat(layer, width, height);
        var page = Plain(plain, default, new ScenePoint(width, height));
        var flat = new PlaneSurface(Quad.Box(0, 0, page.Width, page.Height));
        foreach (var line in plain.Lines.Where(line => line.Text.Length > 0))
        {
            // the page is rounded up to whole pixels, the region is not
            var strip = new ColumnStrip(line);
            yield return Line(layer, line, strip.Cut(picture, surface, width, height), strip.Cut(page, flat, page.Width, page.Height));
        }
    }

    private IEnumerable<OcrLine> Curved(RenderedLayer layer, CurveRegion curve, RasterImage picture)
    {
        var strip = new CurveStrip(curve, layer.Layout.Size);
        double width = strip.Extent.Width + layer.Layout.Size, height = 3 * layer.Layout.Size;
        var plain = Flat(layer, width, height);
        yield return Line(layer, layer.Lines[0], Rectifier.Rectify(picture, strip), Plain(plain, default, new ScenePoint(width, height)));
    }

    /// <summary>The layer in black on a plain page of that size.</summary>
    private RenderedLayer Flat(RenderedLayer layer, double width, double height) => renderer.RenderFlat(layer.Layer with
    {
        Region = new BoxRegion(0, 0, width, height),
        Blend = TextBlend.Graphic,
        Size = null,
        MinSize = Math.Max(TextLimits.SmallestSize, Least * layer.Layout.Size),
        MaxSize = layer.Layout.Size,
        Color = InkColor.Black,
        Effects = [],
        Opacity = 1,
    });

    private static OcrLine Line(RenderedLayer layer, LaidOutLine line, RasterImage cut, RasterImage plain) =>
        new(line.Text, ScriptOf(line.Text, layer.Layer.Text), cut, LineSurface.Flat, plain, layer.Layer.Id);

    /// <summary>A part cut out of black letters on white.</summary>
    private static RasterImage Plain(RenderedLayer layer, ScenePoint from, ScenePoint to)
    {
        int left = (int)Math.Floor(from.X), top = (int)Math.Floor(from.Y), width = (int)Math.Ceiling(to.X) - left, height = (int)Math.Ceiling(to.Y) - top;
        byte[] pixels = new byte[width * height];
        for (int i = 0; i < pixels.Length; i++)
        {
            int x = left + i % width - layer.Left, y = top + i / width - layer.Top;
            bool inside = x >= 0 && y >= 0 && x < layer.Width && y < layer.Height;
            pixels[i] = (byte)(255 - (inside ? layer.Coverage.Pixels[y * layer.Width + x] : 0));
        }
        return new RasterImage(width, height, 1, pixels);
    }

    /// <summary>A line of Han alone is Japanese where kana stand elsewhere in its text.</summary>
    private static OcrScript ScriptOf(string line, string text) =>
        OcrScriptProfile.Guess(line) is OcrScript.Han && OcrScriptProfile.Guess(text) == OcrScript.Japanese ? OcrScript.Japanese : OcrScriptProfile.Guess(line);

    private static double Top(IReadOnlyList<TextPoint> corners) => corners.Min(c => c.Y);

    private static double Bottom(IReadOnlyList<TextPoint> corners) => corners.Max(c => c.Y);
}
