using System.Buffers.Binary;
using Gesso.Contracts.Images;

namespace Gesso.Server.Pictures;

/// <summary>PNG (ISO/IEC 15948): the IHDR chunk, and whether a tRNS chunk gives an opaque colour type transparency.</summary>
internal static class PngHeader
{
    private const int ChunkOverhead = 12;
    private const int HeaderLength = 13;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public static bool Matches(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    public static PictureHeader? Read(ReadOnlySpan<byte> file, out string? problem)
    {
        problem = "a PNG whose header is damaged";
        var rest = file[Signature.Length..];
        if (!TryChunk(rest, out var type, out var header, out int length) || !type.SequenceEqual("IHDR"u8) || header.Length != HeaderLength)
            return null;
        if (Crc(rest[4..(8 + HeaderLength)]) != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + HeaderLength)..]))
            return null;
        uint width = BinaryPrimitives.ReadUInt32BigEndian(header), height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        byte depth = header[8], colour = header[9];
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue || !Exists(depth, colour) || header[10] != 0 || header[11] != 0 || header[12] > 1)
            return null;
        bool alpha = colour is 4 or 6;
        for (rest = rest[length..]; ; rest = rest[length..])
        {
            if (!TryChunk(rest, out type, out _, out length))
            {
                problem = "a PNG that ends before its pixels";
                return null;
            }
            if (type.SequenceEqual("IDAT"u8))
                break;
            alpha |= type.SequenceEqual("tRNS"u8);
        }
        problem = null;
        return new PictureHeader(PictureHeader.Png, new ImageSize((int)width, (int)height), alpha);
    }

    /// <summary>The next whole chunk.</summary>
    internal static bool TryChunk(ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data, out int length)
    {
        type = data = default;
        length = 0;
        if (rest.Length < ChunkOverhead)
            return false;
        uint declared = BinaryPrimitives.ReadUInt32BigEndian(rest);
        type = rest.Slice(4, 4);
        if (declared > (uint)(rest.Length - ChunkOverhead))
            return false;
        data = rest.Slice(8, (int)declared);
        length = (int)declared + ChunkOverhead;
        return true;
    }

    /// <summary>Table 11.1 of the specification.</summary>
    private static bool Exists(byte depth, byte colour) => colour switch
    {
        0 => depth is 1 or 2 or 4 or 8 or 16,
        3 => depth is 1 or 2 or 4 or 8,
        2 or 4 or 6 => depth is 8 or 16,
        _ => false,
    };

    /// <summary>CRC-32 bit by bit: it is asked of 17 bytes.</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (uint)-(crc & 1));
        }
        return ~crc;
    }
}
