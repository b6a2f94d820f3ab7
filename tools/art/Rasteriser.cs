using Gesso.Contracts.Errors;
using SkiaSharp;
using Svg.Skia;

namespace Gesso.Art;

/// <summary>SVG to PNG: square, on one colour or transparent.</summary>
internal static class Rasteriser
{
    /// <param name="svg">A document.</param>
    /// <param name="size">Width and height in pixels; other shapes are centred.</param>
    /// <param name="background">What stands behind it.</param>
    /// <returns>A PNG file.</returns>
    /// <exception cref="GessoException"><c>svg_unreadable</c>.</exception>
    public static byte[] Draw(string svg, int size, SKColor background)
    {
        using SKSvg document = new();
        if (document.FromSvg(svg) is not { } picture || picture.CullRect.IsEmpty)
            throw GessoException.Invalid("svg_unreadable", "The SVG body could not be read.");
        using SKBitmap bitmap = new(size, size, SKColorType.Rgba8888, SKAlphaType.Premul);
        using SKCanvas canvas = new(bitmap);
        canvas.Clear(background);
        var box = picture.CullRect;
        float scale = size / Math.Max(box.Width, box.Height);
        canvas.Translate((size - (box.Width * scale)) / 2, (size - (box.Height * scale)) / 2);
        canvas.Scale(scale);
        canvas.Translate(-box.Left, -box.Top);
        canvas.DrawPicture(picture);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
