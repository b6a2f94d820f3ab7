using Gesso.Contracts.Images;
using HarfBuzzSharp;
using SkiaSharp;

namespace Gesso.Typography.Tests;

/// <summary>A line shaped by HarfBuzz and filled by Skia without hinting, as the renderer does, so that the measure can be tested before and without it.</summary>
internal static class ShapedLine
{
    public static RasterImage Mask(string text, double size)
    {
        string file = TestFonts.For(text)!;
        using var blob = Blob.FromFile(file);
        using var face = new Face(blob, 0);
        using var font = new Font(face);
        font.SetFunctionsOpenType();
        font.SetScale(face.UnitsPerEm * 64, face.UnitsPerEm * 64);
        using var buffer = new HarfBuzzSharp.Buffer();
        buffer.AddUtf16(text);
        buffer.GuessSegmentProperties();
        font.Shape(buffer);

        using var typeface = SKTypeface.FromFile(file);
        using var outline = new SKFont(typeface, (float)size) { Hinting = SKFontHinting.None, Subpixel = true, LinearMetrics = true };
        using var surface = SKSurface.Create(new SKImageInfo((int)(size * text.Length), (int)(size * 2), SKColorType.Alpha8, SKAlphaType.Premul));
        surface.Canvas.Clear(SKColors.Transparent);
        using var paint = new SKPaint { IsAntialias = true, Color = SKColors.Black };
        float x = 8, scale = (float)size / face.UnitsPerEm / 64;
        for (int i = 0; i < buffer.Length; i++)
        {
            var position = buffer.GlyphPositions[i];
            using var path = outline.GetGlyphPath((ushort)buffer.GlyphInfos[i].Codepoint);
            if (path is not null)
            {
                using var moved = new SKPath(path);
                moved.Transform(SKMatrix.CreateTranslation(x + position.XOffset * scale, (float)size * 1.4f - position.YOffset * scale));
                surface.Canvas.DrawPath(moved, paint);
            }
            x += position.XAdvance * scale;
        }
        using var image = surface.Snapshot();
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Alpha8, SKAlphaType.Premul);
        using var bitmap = new SKBitmap(info);
        Assert.True(image.ReadPixels(info, bitmap.GetPixels(), info.RowBytes, 0, 0));
        byte[] pixels = new byte[info.Width * info.Height];
        for (int y = 0; y < info.Height; y++)
            bitmap.GetPixelSpan().Slice(y * bitmap.RowBytes, info.Width).CopyTo(pixels.AsSpan(y * info.Width));
        return new RasterImage(info.Width, info.Height, 1, pixels);
    }
}
