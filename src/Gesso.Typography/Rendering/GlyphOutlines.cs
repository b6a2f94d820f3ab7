using Gesso.Typography.Document;
using Gesso.Typography.Layout;
using SkiaSharp;

namespace Gesso.Typography.Rendering;

/// <summary>A layout's letters as one path in pixels of the picture, and the glyphs that are pictures themselves.</summary>
internal sealed class GlyphOutlines : IDisposable
{
    private readonly SKMatrix _toPicture;

    private GlyphOutlines(SKPath path, List<(PlacedRun, float)> pictures, SKMatrix toPicture)
    {
        Path = path;
        InkBounds = path.IsEmpty ? SKRect.Empty : path.TightBounds;
        foreach (var (run, size) in pictures)
        {
            var box = toPicture.MapRect(Extents(run, size));
            InkBounds = InkBounds.IsEmpty ? box : box.IsEmpty ? InkBounds : SKRect.Union(InkBounds, box);
        }
        Pictures = pictures;
        _toPicture = toPicture;
    }

    public SKPath Path { get; }

    /// <summary>Of letters and pictures, before anything cuts them.</summary>
    public SKRect InkBounds { get; }

    /// <summary>Runs of colour fonts and their sizes.</summary>
    public IReadOnlyList<(PlacedRun Run, float Size)> Pictures { get; }

    public static GlyphOutlines Of(LayerLayout layout) => Of(layout, layout.ToPicture);

    /// <param name="toPicture">In place of the layout's own: the identity draws the flat region.</param>
    public static GlyphOutlines Of(LayerLayout layout, SKMatrix toPicture)
    {
        using var builder = new SKPathBuilder();
        List<(PlacedRun, float)> pictures = [];
        foreach (var line in layout.Lines)
        {
            foreach (var run in line.Runs)
            {
                if (run.Face.HasColors)
                    pictures.Add((run, (float)line.Size));
                else
                    Add(builder, run, (float)line.Size);
            }
        }
        var path = builder.Detach();
        if (!toPicture.IsIdentity)
            path.Transform(toPicture);
        return new GlyphOutlines(path, pictures, toPicture);
    }

    /// <summary>Colour glyphs as an ink of their own colours; null: there are none.</summary>
    public unsafe Ink? DrawPictures(SKRectI clip, byte opacity)
    {
        if (Pictures.Count == 0)
            return null;
        var bounds = SKRect.Empty;
        foreach (var (run, size) in Pictures)
        {
            foreach (var glyph in run.Glyphs)
            {
                var box = _toPicture.MapRect(new SKRect(glyph.X - size, glyph.Y - 2 * size, glyph.X + 2 * size, glyph.Y + size));
                bounds = bounds.IsEmpty ? box : SKRect.Union(bounds, box);
            }
        }
        var mask = new MaskPlane(MaskPlane.PixelBounds(bounds, 0, clip));
        if (mask.IsEmpty)
            return null;
        var info = new SKImageInfo(mask.Bounds.Width, mask.Bounds.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        using var bitmap = new SKBitmap(info);
        bitmap.Erase(SKColors.Transparent);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.SetMatrix(_toPicture.PostConcat(SKMatrix.CreateTranslation(-mask.Bounds.Left, -mask.Bounds.Top)));
            foreach (var (run, size) in Pictures)
                Draw(canvas, run, size);
        }
        var pixels = new ReadOnlySpan<byte>((void*)bitmap.GetPixels(), info.BytesSize);
        byte[] colors = new byte[mask.Bytes.Length * 3];
        for (int i = 0; i < mask.Bytes.Length; i++)
        {
            int alpha = pixels[4 * i + 3];
            mask.Bytes[i] = (byte)alpha;
            for (int c = 0; alpha > 0 && c < 3; c++)
                colors[3 * i + c] = (byte)Math.Min(255, (pixels[4 * i + c] * 255 + alpha / 2) / alpha);
        }
        return new Ink(mask, new InkColor(0, 0, 0, opacity), InkBlend.Normal, colors);
    }

    public void Dispose() => Path.Dispose();

    private static void Add(SKPathBuilder builder, PlacedRun run, float size)
    {
        using var font = Font(run, size);
        Dictionary<ushort, SKPath?> outlines = [];
        foreach (var glyph in run.Glyphs)
        {
            if (!outlines.TryGetValue(glyph.Id, out var outline))
                outlines.Add(glyph.Id, outline = font.GetGlyphPath(glyph.Id));
            if (outline is not null)
                builder.AddPath(outline, new SKMatrix(glyph.Cos, -glyph.Sin, glyph.X, glyph.Sin, glyph.Cos, glyph.Y, 0, 0, 1), SKPathAddMode.Append);
        }
        foreach (var outline in outlines.Values)
            outline?.Dispose();
    }

    private static void Draw(SKCanvas canvas, PlacedRun run, float size)
    {
        using var font = Font(run, size);
        using var paint = new SKPaint { IsAntialias = true };
        using var builder = new SKTextBlobBuilder();
        builder.AddRotationScaleRun(
            [.. run.Glyphs.Select(g => g.Id)], font, [.. run.Glyphs.Select(g => new SKRotationScaleMatrix(g.Cos, g.Sin, g.X, g.Y))]);
        using var blob = builder.Build();
        if (blob is not null)
            canvas.DrawText(blob, 0, 0, paint);
    }

    /// <summary>What the font says that its pictures cover.</summary>
    private static SKRect Extents(PlacedRun run, float size)
    {
        float em = size / run.Face.UnitsPerEm;
        var bounds = SKRect.Empty;
        foreach (var glyph in run.Glyphs)
        {
            if (!run.Face.Shaper.TryGetGlyphExtents(glyph.Id, out var ink) || ink.Width == 0)
                continue;
            var box = new SKMatrix(glyph.Cos, -glyph.Sin, glyph.X, glyph.Sin, glyph.Cos, glyph.Y, 0, 0, 1)
                .MapRect(new SKRect(ink.XBearing * em, -ink.YBearing * em, (ink.XBearing + ink.Width) * em, -(ink.YBearing + ink.Height) * em));
            bounds = bounds.IsEmpty ? box : SKRect.Union(bounds, box);
        }
        return bounds;
    }

    /// <summary>Unhinted, as HarfBuzz measured it.</summary>
    private static SKFont Font(PlacedRun run, float size)
    {
        var font = run.Face.Typeface.ToFont(size, 1, 0);
        font.Hinting = SKFontHinting.None;
        font.Subpixel = true;
        font.LinearMetrics = true;
        font.Edging = SKFontEdging.Antialias;
        return font;
    }
}
