using Gesso.Contracts.Images;
using Gesso.Formats.Jpeg;

namespace Gesso.Server.Pictures;

/// <summary>What a JPEG file says of itself: the frame header, after whatever segments stand before it, and the orientation in EXIF.</summary>
internal static class JpegHeader
{
    private const byte App1 = 0xE1;
    private const int Progressive = 2;

    private static ReadOnlySpan<byte> ExifMark => "Exif\0\0"u8;

    public static PictureHeader? Read(ReadOnlySpan<byte> file, out string? problem)
    {
        problem = "a JPEG whose header is damaged";
        bool turned = false;
        for (var segments = new JpegSegments(file); segments.MoveNext();)
        {
            if (segments.Marker == App1 && segments.Data.StartsWith(ExifMark))
                turned = ExifOrientation.SwapsSides(segments.Data[ExifMark.Length..]);
            else if (JpegFrame.IsFrame(segments.Marker))
                return Header(JpegFrame.Read(segments.Marker, segments.Data), turned, ref problem);
        }
        return null;
    }

    private static PictureHeader? Header(JpegFrame? read, bool turned, ref string? problem)
    {
        if (read is { Coding: > Progressive })
            problem = "a JPEG of a kind that is hardly used (lossless, arithmetic or hierarchical)";
        if (read is not { Coding: <= Progressive, Precision: 8, Components: 1 or 3 or 4, Width: > 0, Height: > 0 } frame)
            return null;
        problem = null;
        return new PictureHeader(PictureHeader.Jpeg, turned ? new ImageSize(frame.Height, frame.Width) : new ImageSize(frame.Width, frame.Height), HasAlpha: false);
    }
}
