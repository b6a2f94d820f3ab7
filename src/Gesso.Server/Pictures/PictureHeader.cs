using Gesso.Contracts.Images;
using Gesso.Formats.Jpeg;

namespace Gesso.Server.Pictures;

/// <summary>
/// What a picture file says of itself in its first bytes. The server never decodes pixels: a hostile file can at most be refused here, and meets a decoder only
/// in a worker process.
/// </summary>
/// <param name="MediaType">image/png, image/jpeg or image/webp.</param>
/// <param name="Size">As shown, that is after the turn that EXIF asks for.</param>
/// <param name="HasAlpha">Whether parts can be transparent.</param>
internal sealed record PictureHeader(string MediaType, ImageSize Size, bool HasAlpha)
{
    public const string Png = "image/png";
    public const string Jpeg = "image/jpeg";
    public const string Webp = "image/webp";

    /// <summary>The formats, as errors name them.</summary>
    public const string Formats = "a PNG, JPEG or WebP picture";

    /// <param name="file">The whole file.</param>
    /// <param name="problem">What is wrong with it, to stand behind "got"; null when nothing is.</param>
    /// <returns>Null: no picture that can be used.</returns>
    public static PictureHeader? Read(ReadOnlySpan<byte> file, out string? problem)
    {
        if (file.IsEmpty)
        {
            problem = "an empty file";
            return null;
        }
        if (PngHeader.Matches(file))
            return PngHeader.Read(file, out problem);
        if (JpegSegments.Matches(file))
            return JpegHeader.Read(file, out problem);
        if (WebpHeader.Matches(file))
            return WebpHeader.Read(file, out problem);
        problem = Guess(file);
        return null;
    }

    private static string Guess(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("GIF8"u8))
            return "a GIF";
        if (file.StartsWith("BM"u8))
            return "a BMP";
        if (file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8))
            return "a TIFF";
        if (file.Length > 12 && file[4..].StartsWith("ftyp"u8))
            return "an AVIF, HEIC or video file";
        return file.TrimStart(" \t\r\n"u8).StartsWith("<"u8) ? "a text file such as SVG or HTML" : "a file of another kind";
    }
}
