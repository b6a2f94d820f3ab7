using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Layout;
using Gesso.Typography.Scene;
using SkiaSharp;

namespace Gesso.Typography.Rendering;

/// <summary>
/// Layers in the scene: laid out on their surface as if it were flat, drawn finer than the picture, then bent onto it, in its light. Colour and contrast are
/// decided on the surface as seen from the front.
/// </summary>
internal static class SceneDrawing
{
    private const double MostFlatPixels = 100e6;

    public static PreparedLayer Prepare(TextLayer layer, FontLibrary fonts)
    {
        var surface = SurfaceOf(layer);
        var (width, height) = surface.Extent;
        RequireSize(layer, width, height);
        double scale = Math.Min(SceneCompositor.Oversampling(surface), Math.Sqrt(MostFlatPixels / (width * height)));
        var raster = new ImageSize(Math.Max(1, (int)Math.Ceiling(width * scale)), Math.Max(1, (int)Math.Ceiling(height * scale)));
        var layout = TextLayouter.Layout(layer.Scaled(scale, scale) with { Region = new BoxRegion(0, 0, raster.Width, raster.Height) }, fonts);
        var outlines = GlyphOutlines.Of(layout);
        return new PreparedLayer(layout, outlines, MaskPlane.Fill(outlines.Path, Whole(raster)), new ScenePlace(layer, surface, raster, scale));
    }

    /// <exception cref="GessoException"><c>region_too_large</c></exception>
    public static void RequireSize(TextLayer layer, double width, double height)
    {
        if (width * height > MostFlatPixels)
            throw GessoException.Invalid("region_too_large", $"Text layer \"{layer.Id}\": its region has {width:0}x{height:0} pixels; up to {MostFlatPixels / 1e6:0} megapixels are drawn.");
    }

    /// <summary>Changes the target.</summary>
    public static RenderedLayer Lay(PreparedLayer prepared, ScenePlace place, RasterImage target)
    {
        var (layer, surface, raster, scale) = place;
        var size = prepared.Layout.Size / scale;
        var dress = Legibility.Of(prepared.Layout with { Size = size }, Rectifier.Rectify(target, surface, raster));
        var flat = new RasterImage(raster.Width, raster.Height, 4, new byte[raster.Pixels * 4]);
        foreach (var ink in LayerInks.Of(prepared, dress, Whole(raster)))
            InkCompositor.Lay(ink, flat);
        var placed = SceneCompositor.Place(target, flat, surface, new SceneOptions { Shading = layer.Effects.Any(e => e is NeonEffect) ? 0 : 1 });
        placed.Picture.Pixels.CopyTo(target.Pixels, 0);

        var box = InkBox(placed.Mask, PixelBox.Around(surface.Outline(), Math.Ceiling(3 * placed.Measures.Softness) + 2, target));
        var layout = prepared.Layout with
        {
            Layer = layer,
            Size = size,
            Extent = surface.Extent,
            Lines = [.. prepared.Layout.Lines.Select(line => line with { Size = line.Size / scale, Corners = [.. line.Corners.Select(c => InPicture(c, place))] })],
        };
        return new RenderedLayer(layout, [Seen(placed, box)], LettersSeen(prepared, place, box), InkBounds(prepared, place), dress.Color, dress.Finding);
    }

    private static SceneSurface SurfaceOf(TextLayer layer)
    {
        try
        {
            return LayerSurface.Of(layer.Region) ?? throw RegionFrame.NoRegion();
        }
        catch (GessoException e) when (e.Kind == ErrorKind.InvalidRequest)
        {
            throw new GessoException(e.Kind, e.Code, $"Text layer \"{layer.Id}\": {e.Message}", e);
        }
    }

    /// <summary>What the picture shows now, through the mask of what was touched.</summary>
    private static Ink Seen(ScenePicture placed, PixelBox box)
    {
        var mask = new MaskPlane(Bounds(box));
        byte[] colors = new byte[mask.Bytes.Length * 3];
        int channels = placed.Picture.Channels;
        for (int i = 0; i < mask.Bytes.Length; i++)
        {
            int at = (box.Y + i / box.Width) * placed.Picture.Width + box.X + i % box.Width;
            mask.Bytes[i] = placed.Mask.Pixels[at];
            placed.Picture.Pixels.AsSpan(at * channels, 3).CopyTo(colors.AsSpan(3 * i));
        }
        return new Ink(mask, InkColor.Black, InkBlend.Normal, colors);
    }

    private static MaskPlane LettersSeen(PreparedLayer prepared, ScenePlace place, PixelBox box)
    {
        var mask = new MaskPlane(Bounds(box));
        if (mask.IsEmpty)
            return mask;
        var letters = new RasterImage(place.Raster.Width, place.Raster.Height, 4, new byte[place.Raster.Pixels * 4]);
        InkCompositor.Lay(new Ink(prepared.Letters, InkColor.White), letters);
        float[] coverage = InkWarp.Draw(letters, place.Surface, box).Coverage.Values;
        for (int i = 0; i < coverage.Length; i++)
            mask.Bytes[i] = (byte)Math.Clamp(coverage[i] * 255 + 0.5f, 0, 255);
        return mask;
    }

    /// <summary>Of the letters on their surface, before the picture's edge cut them.</summary>
    private static SKRect InkBounds(PreparedLayer prepared, ScenePlace place)
    {
        var flat = prepared.Outlines.InkBounds;
        if (flat.IsEmpty)
            return SKRect.Empty;
        var part = new SurfacePart(place.Surface, InFlat(flat.Left, flat.Top, place), InFlat(flat.Right, flat.Bottom, place));
        var outline = part.Outline();
        return new SKRect((float)outline.Min(p => p.X), (float)outline.Min(p => p.Y), (float)outline.Max(p => p.X), (float)outline.Max(p => p.Y));
    }

    private static PixelBox InkBox(RasterImage mask, PixelBox within)
    {
        int left = within.Right, top = within.Bottom, right = within.X, bottom = within.Y;
        for (int y = within.Y; y < within.Bottom; y++)
        {
            var row = mask.Pixels.AsSpan(y * mask.Width + within.X, within.Width);
            int first = row.IndexOfAnyExcept((byte)0);
            if (first < 0)
                continue;
            (left, right) = (Math.Min(left, within.X + first), Math.Max(right, within.X + row.LastIndexOfAnyExcept((byte)0) + 1));
            (top, bottom) = (Math.Min(top, y), Math.Max(bottom, y + 1));
        }
        return right <= left ? new PixelBox(within.X, within.Y, 0, 0) : new PixelBox(left, top, right - left, bottom - top);
    }

    private static TextPoint InPicture(TextPoint corner, ScenePlace place)
    {
        var point = place.Surface.Place(InFlat(corner.X, corner.Y, place));
        return new TextPoint(point.X, point.Y);
    }

    private static ScenePoint InFlat(double x, double y, ScenePlace place) => new(x / place.Raster.Width, y / place.Raster.Height);

    private static SKRectI Bounds(PixelBox box) => new(box.X, box.Y, box.Right, box.Bottom);

    private static SKRectI Whole(ImageSize size) => new(0, 0, size.Width, size.Height);
}
