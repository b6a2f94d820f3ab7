using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using SkiaSharp;

namespace Gesso.Diffusion.Imaging;

/// <summary>Pictures in files, by Skia: PNG, JPEG, WebP, BMP and GIF are read, the first three are written.</summary>
public static class ImageFiles
{
    /// <summary>Largest picture that is decoded, in pixels; checked from the header before any memory is taken.</summary>
    public const long MostPixels = 100_000_000;

    public const int BestQuality = 100;

    /// <summary>From here on JPEG keeps colour at full resolution, below at half.</summary>
    private const int FullColourQuality = 90;

    /// <summary>How hard lossless WebP tries for few bytes, 0 … 100; libwebp's own default.</summary>
    private const int LosslessEffort = 75;

    private const long MostBytes = 512L << 20;

    /// <summary>Reads and turns upright (EXIF). RGB where opaque, else RGBA with straight alpha.</summary>
    /// <exception cref="GessoException">Missing, unreadable, not a picture, damaged or too large.</exception>
    public static RasterImage Read(string path) => Decode(ReadBytes(path), path);

    /// <summary>The bytes of a picture file, size-limited.</summary>
    /// <exception cref="GessoException">Missing, unreadable or too large.</exception>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
            {
                throw GessoException.Invalid("file_not_found", Directory.Exists(path)
                    ? $"{path} is a folder; expected a picture (PNG, JPEG, WebP)."
                    : $"There is no picture {path}.");
            }
            if (info.Length > MostBytes)
                throw GessoException.Invalid("image_too_large", $"{path} has {info.Length >> 20} MB; pictures of up to {MostBytes >> 20} MB are read.");
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Invalid("file_unreadable", $"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>How large <see cref="Read"/> would give it, upright, by its head: no pixel is decoded.</summary>
    /// <exception cref="GessoException">Missing, unreadable, not a picture or too large.</exception>
    public static ImageSize Measure(string path)
    {
        using var data = SKData.CreateCopy(ReadBytes(path));
        using var codec = Open(data, path);
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        return SwapsSides(codec.EncodedOrigin) ? new ImageSize(height, width) : new ImageSize(width, height);
    }

    /// <param name="bytes">An encoded picture.</param>
    /// <param name="name">What to call it in messages.</param>
    public static RasterImage Decode(byte[] bytes, string name)
    {
        using var data = SKData.CreateCopy(bytes);
        using var codec = Open(data, name);
        var header = codec.Info;
        var info = new SKImageInfo(header.Width, header.Height, SKColorType.Rgba8888, header.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        byte[] pixels = new byte[info.BytesSize];
        SKCodecResult result;
        unsafe
        {
            fixed (byte* p = pixels)
                result = codec.GetPixels(info, (nint)p);
        }
        if (result != SKCodecResult.Success)
            throw GessoException.Invalid("image_damaged", $"{name} is damaged: decoding stopped with {result}. Save it again from its program.");
        return Upright(pixels, info.Width, info.Height, codec.EncodedOrigin);
    }

    private static SKCodec Open(SKData data, string name)
    {
        var codec = SKCodec.Create(data)
            ?? throw GessoException.Invalid("not_an_image", $"{name} is not a picture that can be read; expected PNG, JPEG, WebP, BMP or GIF.");
        var header = codec.Info;
        if ((long)header.Width * header.Height <= MostPixels)
            return codec;
        codec.Dispose();
        throw GessoException.Invalid("image_too_large", $"{name} is {header.Width}x{header.Height}; pictures of up to {MostPixels / 1_000_000} megapixels are read.");
    }

    /// <summary>A PNG of the picture, without metadata.</summary>
    public static byte[] EncodePng(RasterImage image) => Encode(image, ImageFileType.Png, BestQuality);

    /// <param name="image">Transparent parts become white.</param>
    /// <param name="quality">1 … 100</param>
    public static byte[] EncodeJpeg(RasterImage image, int quality) => Encode(image, ImageFileType.Jpeg, quality);

    /// <param name="image">Any.</param>
    /// <param name="quality">1 … 99 lossy, 100 lossless.</param>
    public static byte[] EncodeWebp(RasterImage image, int quality) => Encode(image, ImageFileType.Webp, quality);

    /// <summary>The picture as a file of some type, without metadata.</summary>
    /// <param name="image">Any; see the encoders above for alpha.</param>
    /// <param name="type">PNG, JPEG or WebP.</param>
    /// <param name="quality">Of JPEG and WebP, 1 … 100.</param>
    public static byte[] Encode(RasterImage image, ImageFileType type, int quality = BestQuality)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (quality is < 1 or > BestQuality)
            throw GessoException.Invalid("out_of_range", $"Quality: expected 1 to {BestQuality}, got {quality}.");
        if (type == ImageFileType.Jpeg)
            image = Resampler.ToRgb(image);
        bool alpha = image.Channels == 4;
        byte[] rgba = alpha ? image.Pixels : Widen(image);
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, alpha ? SKAlphaType.Unpremul : SKAlphaType.Opaque);
        unsafe
        {
            fixed (byte* p = rgba)
            {
                using var pixmap = new SKPixmap(info, (nint)p);
                using var data = Encode(pixmap, type, quality)
                    ?? throw GessoException.Bug("encode_failed", $"A {image.Size} picture could not be encoded as {type}.");
                return data.ToArray();
            }
        }
    }

    private static SKData? Encode(SKPixmap pixmap, ImageFileType type, int quality) => type switch
    {
        ImageFileType.Png => pixmap.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, 6)),
        ImageFileType.Jpeg => pixmap.Encode(new SKJpegEncoderOptions(
            quality, quality >= FullColourQuality ? SKJpegEncoderDownsample.Downsample444 : SKJpegEncoderDownsample.Downsample420, SKJpegEncoderAlphaOption.Ignore)),
        ImageFileType.Webp => pixmap.Encode(quality == BestQuality
            ? new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, LosslessEffort)
            : new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, quality)),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "PNG, JPEG and WebP are written."),
    };

    private static byte[] Widen(RasterImage image)
    {
        byte[] rgba = new byte[(long)image.Width * image.Height * 4];
        for (int i = 0, o = 0; o < rgba.Length; i += image.Channels, o += 4)
        {
            rgba[o] = image.Pixels[i];
            rgba[o + 1] = image.Pixels[image.Channels == 1 ? i : i + 1];
            rgba[o + 2] = image.Pixels[image.Channels == 1 ? i : i + 2];
            rgba[o + 3] = 255;
        }
        return rgba;
    }

    private static bool SwapsSides(SKEncodedOrigin origin) =>
        origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

    /// <summary>Applies the eight EXIF orientations and drops an alpha channel that is opaque everywhere.</summary>
    private static RasterImage Upright(byte[] rgba, int width, int height, SKEncodedOrigin origin)
    {
        bool swap = SwapsSides(origin);
        int outWidth = swap ? height : width, outHeight = swap ? width : height;
        bool opaque = true;
        for (int i = 3; opaque && i < rgba.Length; i += 4)
            opaque = rgba[i] == 255;
        int channels = opaque ? 3 : 4;
        byte[] result = new byte[(long)outWidth * outHeight * channels];
        for (int y = 0, o = 0; y < outHeight; y++)
        {
            for (int x = 0; x < outWidth; x++, o += channels)
            {
                var (sx, sy) = origin switch
                {
                    SKEncodedOrigin.TopRight => (width - 1 - x, y),
                    SKEncodedOrigin.BottomRight => (width - 1 - x, height - 1 - y),
                    SKEncodedOrigin.BottomLeft => (x, height - 1 - y),
                    SKEncodedOrigin.LeftTop => (y, x),
                    SKEncodedOrigin.RightTop => (y, height - 1 - x),
                    SKEncodedOrigin.RightBottom => (width - 1 - y, height - 1 - x),
                    SKEncodedOrigin.LeftBottom => (width - 1 - y, x),
                    _ => (x, y),
                };
                rgba.AsSpan((sy * width + sx) * 4, channels).CopyTo(result.AsSpan(o));
            }
        }
        return new RasterImage(outWidth, outHeight, channels, result);
    }
}
