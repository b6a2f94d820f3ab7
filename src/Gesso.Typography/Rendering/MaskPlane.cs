using SkiaSharp;

namespace Gesso.Typography.Rendering;

/// <summary>Coverage of a rectangle of the picture, a byte a pixel.</summary>
internal sealed class MaskPlane
{
    public MaskPlane(SKRectI bounds)
    {
        Bounds = bounds;
        Bytes = new byte[Math.Max(bounds.Width, 0) * Math.Max(bounds.Height, 0)];
    }

    public SKRectI Bounds { get; }

    public byte[] Bytes { get; }

    public bool IsEmpty => Bytes.Length == 0;

    public Span<byte> Row(int y) => Bytes.AsSpan((y - Bounds.Top) * Bounds.Width, Bounds.Width);

    /// <summary>Coverage at a place of the picture; 0 outside of the bounds.</summary>
    public byte At(int x, int y) => x >= Bounds.Left && x < Bounds.Right && y >= Bounds.Top && y < Bounds.Bottom ? Bytes[(y - Bounds.Top) * Bounds.Width + x - Bounds.Left] : (byte)0;

    /// <summary>A path, filled.</summary>
    public static MaskPlane Fill(SKPath path, SKRectI clip) => Draw(path, clip, 0, _ => { });

    /// <summary>A path with an outline of that width around it.</summary>
    public static MaskPlane Stroke(SKPath path, float width, SKRectI clip) => Draw(path, clip, width, paint =>
    {
        paint.Style = SKPaintStyle.StrokeAndFill;
        paint.StrokeWidth = 2 * width;
        paint.StrokeJoin = SKStrokeJoin.Round;
    });

    /// <summary>A path, filled and blurred.</summary>
    /// <param name="sigma">In pixels.</param>
    public static MaskPlane Blur(SKPath path, float sigma, SKRectI clip)
    {
        if (sigma < 0.1f)
            return Fill(path, clip);
        using var blur = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, sigma, respectCTM: false);
        return Draw(path, clip, 3 * sigma, paint => paint.MaskFilter = blur);
    }

    /// <summary>The pixels that something of these bounds may touch.</summary>
    public static SKRectI PixelBounds(SKRect bounds, float margin, SKRectI clip)
    {
        if (bounds.IsEmpty)
            return SKRectI.Empty;
        var outer = new SKRectI(
            Floor(bounds.Left - margin), Floor(bounds.Top - margin), Floor(bounds.Right + margin) + 1, Floor(bounds.Bottom + margin) + 1);
        return SKRectI.Intersect(outer, clip);

        static int Floor(float value) => (int)Math.Clamp(Math.Floor(value), -1e6, 1e6);
    }

    private static unsafe MaskPlane Draw(SKPath path, SKRectI clip, float margin, Action<SKPaint> dress)
    {
        var mask = new MaskPlane(PixelBounds(path.Bounds, margin, clip));
        if (mask.IsEmpty)
            return mask;
        fixed (byte* bytes = mask.Bytes)
        {
            var info = new SKImageInfo(mask.Bounds.Width, mask.Bounds.Height, SKColorType.Alpha8, SKAlphaType.Premul);
            using var surface = SKSurface.Create(info, (nint)bytes, mask.Bounds.Width);
            using var paint = new SKPaint { IsAntialias = true, Color = SKColors.White };
            dress(paint);
            surface.Canvas.Translate(-mask.Bounds.Left, -mask.Bounds.Top);
            surface.Canvas.DrawPath(path, paint);
        }
        return mask;
    }
}
