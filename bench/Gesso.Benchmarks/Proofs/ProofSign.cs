using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Rendering;
using Gesso.Typography.Scene;
using SkiaSharp;

namespace Gesso.Benchmarks.Proofs;

/// <summary>
/// A line on a sign in a street: turned, seen from an angle, in uneven light with a shadow over it, grainy, softened, saved as JPEG 85, and seen from the front again.
/// </summary>
internal static class ProofSign
{
    public const int LeastSize = 28;

    private const double Rim = 1.15;

    /// <summary>Samples of a pixel along one side, and how many times larger Pango draws what is laid onto a sign.</summary>
    private const int Finer = 4;

    /// <returns>
    /// The sign rectified; the same sign with Pango's drawing laid flatly onto the plate in the same colour, rectified; the em of the text in pixels. Null: it came out
    /// smaller than <see cref="LeastSize"/>.
    /// </returns>
    public static (RasterImage Picture, RasterImage Twin, int Size)? Make(TextRenderer renderer, ProofLine line)
    {
        var random = new Random(100_000 + line.Seed);
        double size = LeastSize + 2 + 30 * random.NextDouble();
        var layer = line.Layer with { Size = size, Region = new BoxRegion(0, 0, 30_000, size * 3) };
        var corners = renderer.Layout(layer).Lines[0].Corners;
        double width = (corners.Max(c => c.X) - corners.Min(c => c.X)) * 1.08 + size * 0.4, height = Math.Max(size * 1.9, (corners.Max(c => c.Y) - corners.Min(c => c.Y)) * 1.3);
        double turn = (random.NextDouble() - 0.5) * 0.35, tilt = (random.NextDouble() - 0.5) * 0.3;
        int across = (int)(width * 1.3) + 80, down = (int)(height * 1.3 + width * 0.45) + 80;
        ScenePoint Corner(double u, double v, double grow)
        {
            double depth = 1 + tilt * u, x = u * width / 2 * grow / depth, y = v * height / 2 * grow / depth;
            return new ScenePoint(across / 2.0 + x * Math.Cos(turn) - y * Math.Sin(turn), down / 2.0 + x * Math.Sin(turn) + y * Math.Cos(turn));
        }
        Quad Board(double grow) => new(Corner(-1, -1, grow), Corner(1, -1, grow), Corner(1, 1, grow), Corner(-1, 1, grow));
        var quad = Board(1);
        var street = Grainy(Street(across, down, Board(Rim), light: line.Seed % 3 != 0, random), 3 + 6 * random.NextDouble(), random);
        var sign = layer with
        {
            Size = null,
            MaxSize = size,
            Region = new QuadRegion([.. quad.Corners.Select(c => new TextPoint(c.X, c.Y))]),
            Blend = TextBlend.Scene,
            Align = TextAlign.Center,
            VerticalAlign = VerticalAlign.Middle,
        };
        var rendering = renderer.Render(new TextDocument { Layers = [sign] }, street);
        double came = rendering.Layers[0].Layout.Size;
        if (came < LeastSize || rendering.Layers[0].Lines.Count != 1)
            return null;
        var surface = new PlaneSurface(quad);
        var painted = Painted(street, surface, line.TwinMask((int)Math.Round(Finer * came)), rendering.Layers[0].Color);
        RasterImage Seen(RasterImage picture) => Rectifier.Rectify(Jpeg(picture, 85), surface);
        return (Seen(rendering.Picture), Seen(painted), (int)came);
    }

    /// <summary>A mask laid onto the middle of a plate: every pixel by as much as ink differs from the plate's mean, so that light and grain stay.</summary>
    private static RasterImage Painted(RasterImage street, PlaneSurface board, RasterImage mask, InkColor ink)
    {
        var (width, height) = board.Extent;
        double left = (width * Finer - mask.Width) / 2, top = (height * Finer - mask.Height) / 2;
        float[] coverage = new float[street.Width * street.Height];
        double[] plate = new double[3];
        int seen = 0;
        for (int i = 0; i < coverage.Length; i++)
        {
            if (!board.TryLocate(new ScenePoint(i % street.Width + 0.5, i / street.Width + 0.5), out _))
                continue;
            seen++;
            for (int c = 0; c < 3; c++)
                plate[c] += street.Pixels[3 * i + c];
            for (int s = 0; s < Finer * Finer; s++)
            {
                var at = new ScenePoint(i % street.Width + (s % Finer + 0.5) / Finer, i / street.Width + (s / Finer + 0.5) / Finer);
                if (!board.TryLocate(at, out ScenePoint uv))
                    continue;
                int x = (int)Math.Floor(uv.X * width * Finer - left), y = (int)Math.Floor(uv.Y * height * Finer - top);
                if (x >= 0 && y >= 0 && x < mask.Width && y < mask.Height)
                    coverage[i] += mask.Pixels[y * mask.Width + x] / (255f * Finer * Finer);
            }
        }
        double[] change = [ink.Red - plate[0] / seen, ink.Green - plate[1] / seen, ink.Blue - plate[2] / seen];
        byte[] pixels = [.. street.Pixels];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Math.Clamp(Math.Round(pixels[i] + coverage[i / 3] * change[i % 3]), 0, 255);
        return new RasterImage(street.Width, street.Height, 3, pixels);
    }

    private static SKSurface Street(int width, int height, Quad board, bool light, Random random)
    {
        var surface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        using var soft = SKImageFilter.CreateBlur(0.7f, 0.7f);
        using var all = new SKPaint { ImageFilter = soft };
        var canvas = surface.Canvas;
        canvas.SaveLayer(all);
        canvas.Clear(new SKColor(128, 108, 92));
        using var mortar = new SKPaint { Color = new SKColor(98, 84, 76), StrokeWidth = 2 };
        for (int row = 0; row * 22 < height; row++)
        {
            canvas.DrawLine(0, row * 22, width, row * 22, mortar);
            for (int x = row % 2 * 20; x < width; x += 40)
                canvas.DrawLine(x, row * 22, x, row * 22 + 22, mortar);
        }
        byte tone = (byte)(light ? 190 + 40 * random.NextDouble() : 50 + 30 * random.NextDouble());
        SKColor Lit(double by) => new((byte)(tone * by), (byte)(tone * 0.97 * by), (byte)(tone * 0.9 * by));
        SKPoint At(ScenePoint p) => new((float)p.X, (float)p.Y);
        using var shade = SKShader.CreateLinearGradient(At(board.TopLeft), At(board.TopRight), [Lit(1), Lit(0.75)], null, SKShaderTileMode.Clamp);
        using var plate = new SKPaint { Shader = shade, IsAntialias = true };
        using (var path = PathOf(board.TopLeft, board.TopRight, board.BottomRight, board.BottomLeft))
            canvas.DrawPath(path, plate);
        double from = random.NextDouble() * 0.7, to = from + 0.3;
        ScenePoint Along(ScenePoint a, ScenePoint b, double t) => a + (b - a) * t;
        using var shadow = new SKPaint { Color = new SKColor(0, 0, 0, 76), IsAntialias = true };
        using (var path = PathOf(Along(board.TopLeft, board.TopRight, from), Along(board.TopLeft, board.TopRight, to),
            Along(board.BottomLeft, board.BottomRight, to - 0.1), Along(board.BottomLeft, board.BottomRight, from - 0.1 < 0 ? 0 : from - 0.1)))
            canvas.DrawPath(path, shadow);
        canvas.Restore();
        return surface;
    }

    private static SKPath PathOf(params ReadOnlySpan<ScenePoint> points)
    {
        using var builder = new SKPathBuilder();
        builder.MoveTo((float)points[0].X, (float)points[0].Y);
        foreach (var point in points[1..])
            builder.LineTo((float)point.X, (float)point.Y);
        builder.Close();
        return builder.Detach();
    }

    private static RasterImage Grainy(SKSurface street, double sigma, Random random)
    {
        using (street)
        {
            using var image = street.Snapshot();
            var picture = Rgb(image);
            for (int i = 0; i < picture.Pixels.Length; i++)
            {
                double noise = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                picture.Pixels[i] = (byte)Math.Clamp(Math.Round(picture.Pixels[i] + sigma * noise), 0, 255);
            }
            return picture;
        }
    }

    private static RasterImage Jpeg(RasterImage picture, int quality)
    {
        byte[] rgba = new byte[picture.Width * picture.Height * 4];
        for (int i = 0; i < picture.Width * picture.Height; i++)
        {
            picture.Pixels.AsSpan(3 * i, 3).CopyTo(rgba.AsSpan(4 * i));
            rgba[4 * i + 3] = 255;
        }
        using var image = SKImage.FromPixelCopy(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), rgba);
        using var jpeg = image.Encode(SKEncodedImageFormat.Jpeg, quality);
        using var decoded = SKImage.FromEncodedData(jpeg);
        return Rgb(decoded);
    }

    private static RasterImage Rgb(SKImage image)
    {
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var bitmap = new SKBitmap(info);
        image.ReadPixels(info, bitmap.GetPixels(), info.RowBytes, 0, 0);
        var rgba = bitmap.GetPixelSpan();
        byte[] rgb = new byte[info.Width * info.Height * 3];
        for (int i = 0; i < info.Width * info.Height; i++)
            rgba.Slice(4 * i, 3).CopyTo(rgb.AsSpan(3 * i));
        return new RasterImage(info.Width, info.Height, 3, rgb);
    }
}
