using System.Buffers.Binary;
using Gesso.Contracts.Images;

namespace Gesso.Server.Pictures;

/// <summary>WebP (RFC 9649): simple lossy (VP8), simple lossless (VP8L) and extended files (VP8X), still pictures only.</summary>
internal static class WebpHeader
{
    private const int RiffLength = 12, ChunkHeader = 8;
    private const byte Alpha = 0x10, Exif = 0x08, Animation = 0x02;

    public static bool Matches(ReadOnlySpan<byte> file) => file.Length >= RiffLength && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8);

    public static PictureHeader? Read(ReadOnlySpan<byte> file, out string? problem)
    {
        problem = "a WebP whose header is damaged";
        uint declared = BinaryPrimitives.ReadUInt32LittleEndian(file[4..]);
        if (declared > (uint)(file.Length - ChunkHeader) || !TryChunk(file[RiffLength..], out var type, out var data, out int length))
            return null;
        var header = type.SequenceEqual("VP8X"u8) ? Extended(file[(RiffLength + length)..], data, ref problem)
            : type.SequenceEqual("VP8L"u8) ? Lossless(data)
            : type.SequenceEqual("VP8 "u8) ? Lossy(data)
            : null;
        if (header is not null)
            problem = null;
        return header;
    }

    private static PictureHeader? Lossy(ReadOnlySpan<byte> data)
    {
        // a key frame: 3 bytes of tag whose lowest bit is 0, the start code, two sides of 14 bits
        if (data.Length < 10 || (data[0] & 1) != 0 || !data[3..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A]))
            return null;
        return Make(BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF, alpha: false);
    }

    private static PictureHeader? Lossless(ReadOnlySpan<byte> data)
    {
        if (data.Length < 5 || data[0] != 0x2F)
            return null;
        uint bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
        return Make((int)(bits & 0x3FFF) + 1, (int)((bits >> 14) & 0x3FFF) + 1, ((bits >> 28) & 1) != 0);
    }

    private static PictureHeader? Extended(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> data, ref string? problem)
    {
        if (data.Length < 10)
            return null;
        byte flags = data[0];
        if ((flags & Animation) != 0)
        {
            problem = "an animated WebP";
            return null;
        }
        var header = Make(1 + UInt24(data[4..]), 1 + UInt24(data[7..]), (flags & Alpha) != 0);
        return header is not null && (flags & Exif) != 0 && Turned(rest) ? header with { Size = new ImageSize(header.Size.Height, header.Size.Width) } : header;
    }

    private static bool Turned(ReadOnlySpan<byte> rest)
    {
        for (; TryChunk(rest, out var type, out var data, out int length); rest = rest[length..])
        {
            if (type.SequenceEqual("EXIF"u8))
                return ExifOrientation.SwapsSides(data.StartsWith("Exif\0\0"u8) ? data[6..] : data);
        }
        return false;
    }

    /// <summary>Chunks are padded to even length.</summary>
    private static bool TryChunk(ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data, out int length)
    {
        type = data = default;
        length = 0;
        if (rest.Length < ChunkHeader)
            return false;
        uint declared = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
        if (declared > (uint)(rest.Length - ChunkHeader))
            return false;
        type = rest[..4];
        data = rest.Slice(ChunkHeader, (int)declared);
        length = Math.Min(rest.Length, ChunkHeader + (int)declared + ((int)declared & 1));
        return true;
    }

    private static PictureHeader? Make(int width, int height, bool alpha) =>
        width > 0 && height > 0 ? new PictureHeader(PictureHeader.Webp, new ImageSize(width, height), alpha) : null;

    private static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
