using System.Buffers.Binary;
using Gesso.Contracts.Images;

namespace Gesso.Server.Pictures;

/// <summary>JPEG (ITU-T T.81): the frame header, after whatever segments stand before it, and the orientation in EXIF.</summary>
internal static class JpegHeader
{
    private const byte Sof0 = 0xC0, Sof2 = 0xC2, SofLast = 0xCF, Dht = 0xC4, Jpg = 0xC8, Dac = 0xCC;
    private const byte App1 = 0xE1, Sos = 0xDA, Eoi = 0xD9;

    private static ReadOnlySpan<byte> ExifMark => "Exif\0\0"u8;

    public static bool Matches(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    public static PictureHeader? Read(ReadOnlySpan<byte> file, out string? problem)
    {
        problem = "a JPEG whose header is damaged";
        bool turned = false;
        for (int at = 2; ;)
        {
            if (!TrySegment(file, ref at, out byte marker, out var data))
                return null;
            if (marker == App1 && data.StartsWith(ExifMark))
            {
                turned = ExifOrientation.SwapsSides(data[ExifMark.Length..]);
            }
            else if (marker is >= Sof0 and <= SofLast and not (Dht or Jpg or Dac))
            {
                if (marker > Sof2)
                {
                    problem = "a JPEG of a kind that is hardly used (lossless, arithmetic or hierarchical)";
                    return null;
                }
                return Frame(data, turned, ref problem);
            }
        }
    }

    private static PictureHeader? Frame(ReadOnlySpan<byte> data, bool turned, ref string? problem)
    {
        if (data.Length < 6 || data[0] != 8 || data[5] is not (1 or 3 or 4) || data.Length < 6 + (3 * data[5]))
            return null;
        int height = BinaryPrimitives.ReadUInt16BigEndian(data[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(data[3..]);
        if (width == 0 || height == 0)
            return null;
        problem = null;
        return new PictureHeader(PictureHeader.Jpeg, turned ? new ImageSize(height, width) : new ImageSize(width, height), HasAlpha: false);
    }

    /// <summary>The next segment, and the place behind it. False: the file ends, or pixels begin before any frame header.</summary>
    private static bool TrySegment(ReadOnlySpan<byte> file, ref int at, out byte marker, out ReadOnlySpan<byte> data)
    {
        marker = 0;
        data = default;
        if (at + 1 >= file.Length || file[at] != 0xFF)
            return false;
        while (at + 1 < file.Length && file[at + 1] == 0xFF)                                // fill bytes
            at++;
        if (at + 3 >= file.Length)
            return false;
        marker = file[at + 1];
        int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        if (marker is Sos or Eoi or < Sof0 or (>= 0xD0 and <= 0xD8) || length < 2 || at + 2 + length > file.Length)
            return false;
        data = file.Slice(at + 4, length - 2);
        at += 2 + length;
        return true;
    }
}
