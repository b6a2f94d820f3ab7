using System.Buffers.Binary;
using Gesso.Contracts.Images;
using SkiaSharp;

namespace Gesso.Server.Tests;

/// <summary>Picture files that callers send.</summary>
public static class TestPictures
{
    public static byte[] Png(int width, int height) => Encode(width, height, SKAlphaType.Opaque, SKEncodedImageFormat.Png, 100);

    /// <summary>Transparent in its left half.</summary>
    public static byte[] Mask(int width, int height) => Encode(width, height, SKAlphaType.Unpremul, SKEncodedImageFormat.Png, 100);

    public static byte[] Jpeg(int width, int height) => Encode(width, height, SKAlphaType.Opaque, SKEncodedImageFormat.Jpeg, 80);

    public static byte[] Webp(int width, int height, bool alpha = false, int quality = 80) =>
        Encode(width, height, alpha ? SKAlphaType.Unpremul : SKAlphaType.Opaque, SKEncodedImageFormat.Webp, quality);

    /// <summary>A JPEG whose EXIF block asks for a turn.</summary>
    public static byte[] TurnedJpeg(int width, int height, ushort orientation)
    {
        byte[] jpeg = Jpeg(width, height);
        byte[] exif = [0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(exif.AsSpan(28), orientation);
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }

    public static string DataUrl(byte[] png) => "data:image/png;base64," + Convert.ToBase64String(png);

    public static ImageSize SizeOf(byte[] file)
    {
        using var codec = SKCodec.Create(new SKMemoryStream(file));
        return new ImageSize(codec.Info.Width, codec.Info.Height);
    }

    private static byte[] Encode(int width, int height, SKAlphaType alpha, SKEncodedImageFormat format, int quality)
    {
        using SKBitmap bitmap = new(width, height, SKColorType.Rgba8888, alpha);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)(x * 7), (byte)(y * 5), 90, (byte)(alpha == SKAlphaType.Opaque || x >= width / 2 ? 255 : 0)));
        }
        using var data = bitmap.Encode(format, quality);
        return data.ToArray();
    }
}
