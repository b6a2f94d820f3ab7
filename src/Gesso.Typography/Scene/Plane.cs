using Gesso.Contracts.Images;

namespace Gesso.Typography.Scene;

/// <summary>One channel of a picture, or of a part of it, as numbers.</summary>
internal sealed class Plane(int width, int height, float[] values)
{
    public Plane(int width, int height)
        : this(width, height, new float[width * height])
    {
    }

    public int Width { get; } = width;

    public int Height { get; } = height;

    public float[] Values { get; } = values;

    public float this[int x, int y]
    {
        get => Values[y * Width + x];
        set => Values[y * Width + x] = value;
    }

    /// <summary>Luma of the bytes, 0 … 255: what edges and letters are looked for in.</summary>
    public static Plane Luma(RasterImage image)
    {
        var plane = new Plane(image.Width, image.Height);
        byte[] pixels = image.Pixels;
        for (int i = 0, o = 0; o < plane.Values.Length; i += image.Channels, o++)
            plane.Values[o] = image.Channels == 1 ? pixels[i] : 0.299f * pixels[i] + 0.587f * pixels[i + 1] + 0.114f * pixels[i + 2];
        return plane;
    }

    /// <summary>One channel of a part of a picture, as bytes.</summary>
    public static Plane Channel(RasterImage image, int channel, PixelBox box)
    {
        var plane = new Plane(box.Width, box.Height);
        int from = Math.Min(channel, image.Channels - 1);
        for (int y = 0, o = 0; y < box.Height; y++)
        {
            int i = ((box.Y + y) * image.Width + box.X) * image.Channels + from;
            for (int x = 0; x < box.Width; x++, i += image.Channels, o++)
                plane.Values[o] = image.Pixels[i];
        }
        return plane;
    }

    public Plane Map(Func<float, float> value) => new(Width, Height, Array.ConvertAll(Values, v => value(v)));

    public Plane With(Plane other, Func<float, float, float> value)
    {
        var result = new Plane(Width, Height);
        for (int i = 0; i < Values.Length; i++)
            result.Values[i] = value(Values[i], other.Values[i]);
        return result;
    }

    /// <summary>Bilinear, the nearest edge value outside; 0.5, 0.5 is the middle of the first pixel.</summary>
    public float At(double x, double y)
    {
        double px = Math.Clamp(x - 0.5, 0, Width - 1), py = Math.Clamp(y - 0.5, 0, Height - 1);
        int x0 = Math.Min((int)px, Math.Max(Width - 2, 0)), y0 = Math.Min((int)py, Math.Max(Height - 2, 0));
        int x1 = Math.Min(x0 + 1, Width - 1), y1 = Math.Min(y0 + 1, Height - 1);
        float fx = (float)(px - x0), fy = (float)(py - y0);
        float top = this[x0, y0] + (this[x1, y0] - this[x0, y0]) * fx;
        float bottom = this[x0, y1] + (this[x1, y1] - this[x0, y1]) * fx;
        return top + (bottom - top) * fy;
    }
}
