using Gesso.Contracts.Images;
using SkiaSharp;

namespace Gesso.Samples.TextGallery;

/// <summary>Grounds for words, drawn without any: what a model would be asked for as "calm surfaces, no text".</summary>
internal static partial class Plates
{
    public static IReadOnlyDictionary<string, Func<RasterImage>> All { get; } = new Dictionary<string, Func<RasterImage>>
    {
        ["poster"] = () => Draw(1080, 1440, Poster),
        ["packaging"] = () => Draw(1080, 1350, Can, grain: 2),
        ["sign"] = () => Draw(1280, 960, Sign, grain: 3),
        ["app"] = () => Draw(1080, 1620, App),
        ["infographic"] = () => Draw(1080, 1350, Infographic),
        ["bilingual"] = () => Draw(1200, 1200, Bilingual),
        ["vertical"] = () => Draw(960, 1360, Vertical, grain: 1),
    };

    private static RasterImage Draw(int width, int height, Action<SKCanvas> draw, int grain = 0)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
            draw(canvas);
        var pixels = bitmap.GetPixelSpan();
        byte[] rgb = new byte[width * height * 3];
        uint state = 7;
        for (int i = 0; i < width * height; i++)
        {
            state = unchecked(state * 1664525 + 1013904223);                                // the same grain each time
            int noise = grain == 0 ? 0 : (int)(state >> 24) % (2 * grain + 1) - grain;
            for (int c = 0; c < 3; c++)
                rgb[3 * i + c] = (byte)Math.Clamp(pixels[4 * i + c] + noise, 0, 255);
        }
        return new RasterImage(width, height, 3, rgb);
    }

    private static SKColor Color(string hex) => SKColor.Parse(hex);

    private static SKPaint Fill(string hex) => new() { Color = Color(hex), IsAntialias = true };

    private static SKPaint Line(string hex, float width) => new() { Color = Color(hex), IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = width, StrokeCap = SKStrokeCap.Round };

    private static SKPaint Down(float top, float bottom, params string[] colors) => new()
    {
        IsAntialias = true,
        IsDither = true,
        Shader = SKShader.CreateLinearGradient(new SKPoint(0, top), new SKPoint(0, bottom), [.. colors.Select(Color)], SKShaderTileMode.Clamp),
    };

    private static SKPaint Across(float left, float right, string[] colors, float[] at) => new()
    {
        IsAntialias = true,
        IsDither = true,
        Shader = SKShader.CreateLinearGradient(new SKPoint(left, 0), new SKPoint(right, 0), [.. colors.Select(Color)], at, SKShaderTileMode.Clamp),
    };

    private static SKPaint Glow(float x, float y, float radius, string inner, string outer) => new()
    {
        IsAntialias = true,
        IsDither = true,
        Shader = SKShader.CreateRadialGradient(new SKPoint(x, y), radius, [Color(inner), Color(outer)], SKShaderTileMode.Clamp),
    };

    private static SKPaint Soft(string hex, float blur) => new() { Color = Color(hex), IsAntialias = true, MaskFilter = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, blur) };

    private static void Panel(SKCanvas canvas, float x, float y, float width, float height, float radius, SKPaint paint) =>
        canvas.DrawRoundRect(new SKRect(x, y, x + width, y + height), radius, radius, paint);
}
