using System.Buffers.Binary;
using System.IO.Compression;
using Gesso.Formats.Png;

namespace Gesso.Formats.Tests.Png;

/// <summary>PNG pictures built by hand.</summary>
internal static class PngBytes
{
    /// <summary>A grey picture of one pixel with these chunks between IHDR and IDAT.</summary>
    public static byte[] Picture(params byte[][] chunks) =>
    [
        .. PngChunkReader.Signature,
        .. Chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]),
        .. chunks.SelectMany(chunk => chunk),
        .. Chunk("IDAT", Zlib([0, 128])),
        .. Chunk("IEND", []),
    ];

    public static byte[] Chunk(string name, ReadOnlySpan<byte> data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        System.Text.Encoding.ASCII.GetBytes(name, chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), BitwiseCrc(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    public static byte[] Zlib(ReadOnlySpan<byte> data)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize))
            zlib.Write(data);
        return packed.ToArray();
    }

    /// <summary>Bit by bit, as the specification defines it, so that the tables of the library are checked against something else.</summary>
    public static uint BitwiseCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
