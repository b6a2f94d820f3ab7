using Gesso.Contracts.Images;
using Gesso.Typography.Scene;
using SkiaSharp;

namespace Gesso.Typography.Tests;

/// <summary>Pictures that tests draw, by means that are not under test.</summary>
internal static class Drawing
{
    public static RasterImage Of(int width, int height, Func<int, int, (double R, double G, double B)> colour)
    {
        byte[] pixels = new byte[width * height * 3];
        for (int i = 0; i < width * height; i++)
        {
            var (r, g, b) = colour(i % width, i / width);
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (Byte(r), Byte(g), Byte(b));
        }
        return new RasterImage(width, height, 3, pixels);
    }

    public static RasterImage Plain(int width, int height, byte value) => Of(width, height, (_, _) => (value, value, value));

    /// <summary>Straight alpha, one colour everywhere.</summary>
    public static RasterImage Sheet(int width, int height, byte r, byte g, byte b, byte alpha)
    {
        byte[] pixels = new byte[width * height * 4];
        for (int i = 0; i < pixels.Length; i += 4)
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = (r, g, b, alpha);
        return new RasterImage(width, height, 4, pixels);
    }

    /// <summary>Lines of text as large as they fit, centred, on nothing.</summary>
    public static RasterImage Text(string text, int width, int height, SKColor colour)
    {
        using var surface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        surface.Canvas.Clear(SKColors.Transparent);
        string[] lines = text.Split('\n');
        using var typeface = TestFonts.Load();
        using var font = new SKFont(typeface, 100) { Edging = SKFontEdging.Antialias, Hinting = SKFontHinting.None, Subpixel = true };
        float widest = lines.Max(l => font.MeasureText(l));
        font.Size = Math.Min(100 * width * 0.88f / widest, height * 0.8f / lines.Length / 1.15f);
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        float step = font.Size * 1.15f;
        for (int i = 0; i < lines.Length; i++)
        {
            float y = height / 2f + (i - (lines.Length - 1) / 2f) * step + font.Size * 0.36f;
            surface.Canvas.DrawText(lines[i], width / 2f, y, SKTextAlign.Center, font, paint);
        }
        return Read(surface);
    }

    /// <summary>The picture with text drawn on it, its first letter's baseline at a place.</summary>
    public static RasterImage WithText(RasterImage picture, string text, double x, double y, double size, SKColor colour)
    {
        using var surface = SKSurface.Create(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Premul));
        surface.Canvas.Clear(SKColors.Transparent);
        using var typeface = TestFonts.Load();
        using var font = new SKFont(typeface, (float)size) { Edging = SKFontEdging.Antialias, Hinting = SKFontHinting.None, Subpixel = true };
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        surface.Canvas.DrawText(text, (float)x, (float)y, SKTextAlign.Left, font, paint);
        return Over(picture, Read(surface));
    }

    public static RasterImage Alpha(RasterImage rgba)
    {
        byte[] alpha = new byte[rgba.Width * rgba.Height];
        for (int i = 0; i < alpha.Length; i++)
            alpha[i] = rgba.Pixels[4 * i + 3];
        return new RasterImage(rgba.Width, rgba.Height, 1, alpha);
    }

    /// <summary>Dark ink on a plate, as OCR is given it.</summary>
    public static RasterImage Line(string text, double size)
    {
        var mask = ShapedLine.Mask(text, size);
        return Of(mask.Width, mask.Height, (x, y) =>
        {
            double v = 250 - 230 * mask.Pixels[y * mask.Width + x] / 255.0;
            return (v, v, v);
        });
    }

    /// <summary>A mask as ink of a colour.</summary>
    public static RasterImage Ink(RasterImage mask, SKColor colour)
    {
        var sheet = Sheet(mask.Width, mask.Height, colour.Red, colour.Green, colour.Blue, 0);
        for (int i = 0; i < mask.Pixels.Length; i++)
            sheet.Pixels[4 * i + 3] = mask.Pixels[i];
        return sheet;
    }

    /// <summary>What a JPEG file keeps.</summary>
    public static RasterImage Jpeg(RasterImage image, int quality)
    {
        using var picture = Picture(image);
        using var jpeg = picture.Encode(SKEncodedImageFormat.Jpeg, quality);
        using var bitmap = SKBitmap.Decode(jpeg);
        return Of(bitmap);
    }

    /// <summary>Gaussian noise, the same for the same seed.</summary>
    public static RasterImage Noisy(RasterImage picture, double sigma, int seed)
    {
        var random = new Random(seed);
        byte[] pixels = Array.ConvertAll(picture.Pixels, p => Byte(p + sigma * Gaussian(random)));
        return new RasterImage(picture.Width, picture.Height, picture.Channels, pixels);
    }

    public static RasterImage Blurred(RasterImage picture, double sigma)
    {
        byte[] pixels = new byte[picture.Pixels.Length];
        for (int c = 0; c < picture.Channels; c++)
        {
            var plane = Smoothing.Gaussian(Plane.Channel(picture, c, PixelBox.Whole(picture)), sigma);
            for (int i = 0; i < plane.Values.Length; i++)
                pixels[i * picture.Channels + c] = Byte(plane.Values[i]);
        }
        return new RasterImage(picture.Width, picture.Height, picture.Channels, pixels);
    }

    /// <summary>A plate of a colour in a picture, its edge smooth over a pixel.</summary>
    public static RasterImage WithPlate(RasterImage picture, Quad quad, Func<double, double, (double R, double G, double B)> colour)
    {
        var surface = new PlaneSurface(quad);
        byte[] pixels = (byte[])picture.Pixels.Clone();
        for (int y = 0; y < picture.Height; y++)
        {
            for (int x = 0; x < picture.Width; x++)
            {
                int inside = 0;
                for (int s = 0; s < 16; s++)
                {
                    if (surface.TryLocate(new ScenePoint(x + (s % 4 + 0.5) / 4, y + (s / 4 + 0.5) / 4), out _))
                        inside++;
                }
                if (inside == 0)
                    continue;
                surface.TryLocate(new ScenePoint(x + 0.5, y + 0.5), out var uv);
                var (r, g, b) = colour(uv.X, uv.Y);
                int o = (y * picture.Width + x) * 3;
                double share = inside / 16.0;
                pixels[o] = Byte(pixels[o] * (1 - share) + r * share);
                pixels[o + 1] = Byte(pixels[o + 1] * (1 - share) + g * share);
                pixels[o + 2] = Byte(pixels[o + 2] * (1 - share) + b * share);
            }
        }
        return new RasterImage(picture.Width, picture.Height, 3, pixels);
    }

    /// <summary>A street at dusk, or something with as many edges: waves, bricks and a gradient.</summary>
    public static RasterImage Busy(int width, int height, int seed)
    {
        var random = new Random(seed);
        double[] phase = [.. Enumerable.Range(0, 8).Select(_ => random.NextDouble() * 6.28)];
        return Of(width, height, (x, y) =>
        {
            double wave = 18 * Math.Sin(x * 0.06 + phase[0]) * Math.Sin(y * 0.05 + phase[1]) + 9 * Math.Sin(x * 0.21 + y * 0.13 + phase[2]);
            bool mortar = y % 22 < 2 || (x + (y / 22 % 2 * 20)) % 40 < 2;
            double v = 110 + 35.0 * y / height + wave - (mortar ? 28 : 0);
            return (v + 18, v - 4, v - 22);
        });
    }

    /// <summary>Over, in bytes: a stand-in for what other programs drew.</summary>
    public static RasterImage Over(RasterImage picture, RasterImage rgba)
    {
        byte[] pixels = (byte[])picture.Pixels.Clone();
        for (int i = 0; i < picture.Width * picture.Height; i++)
        {
            double a = rgba.Pixels[4 * i + 3] / 255.0;
            for (int c = 0; c < 3; c++)
                pixels[3 * i + c] = Byte(pixels[3 * i + c] * (1 - a) + rgba.Pixels[4 * i + c] * a);
        }
        return new RasterImage(picture.Width, picture.Height, 3, pixels);
    }

    /// <summary>For a look: <c>GESSO_TEST_PICTURES</c> names a folder.</summary>
    public static void Show(string name, RasterImage image)
    {
        if (Environment.GetEnvironmentVariable("GESSO_TEST_PICTURES") is not { Length: > 0 } folder)
            return;
        using var picture = Picture(image);
        using var png = picture.Encode(SKEncodedImageFormat.Png, 100);
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, $"{name}.png"), png.ToArray());
    }

    public static RasterImage Load(string path)
    {
        using var bitmap = SKBitmap.Decode(path);
        return Of(bitmap);
    }

    private static RasterImage Of(SKBitmap bitmap) =>
        Of(bitmap.Width, bitmap.Height, (x, y) => (bitmap.GetPixel(x, y).Red, bitmap.GetPixel(x, y).Green, bitmap.GetPixel(x, y).Blue));

    private static SKImage Picture(RasterImage image)
    {
        byte[] rgba = new byte[image.Width * image.Height * 4];
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            for (int c = 0; c < 3; c++)
                rgba[4 * i + c] = image.Pixels[i * image.Channels + (image.Channels == 1 ? 0 : c)];
            rgba[4 * i + 3] = image.Channels == 4 ? image.Pixels[4 * i + 3] : (byte)255;
        }
        return SKImage.FromPixelCopy(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul), rgba);
    }

    private static RasterImage Read(SKSurface surface)
    {
        using var image = surface.Snapshot();
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using var bitmap = new SKBitmap(info);
        Assert.True(image.ReadPixels(info, bitmap.GetPixels(), info.RowBytes, 0, 0));
        return new RasterImage(info.Width, info.Height, 4, bitmap.Bytes);
    }

    private static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static byte Byte(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
}
