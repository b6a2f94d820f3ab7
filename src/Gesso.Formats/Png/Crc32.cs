using System.Buffers.Binary;

namespace Gesso.Formats.Png;

/// <summary>The cyclic redundancy check of PNG (specification, annex D; ISO 3309): reflected polynomial 0xEDB88320, start and end inverted.</summary>
internal static class Crc32
{
    /// <summary>Tables[k][b] is the check of byte b followed by k zero bytes: so eight bytes are folded in at once ("slicing by 8").</summary>
    private static readonly uint[][] Tables = MakeTables();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = Tables[7][low & 255] ^ Tables[6][low >> 8 & 255] ^ Tables[5][low >> 16 & 255] ^ Tables[4][low >> 24]
                ^ Tables[3][high & 255] ^ Tables[2][high >> 8 & 255] ^ Tables[1][high >> 16 & 255] ^ Tables[0][high >> 24];
        }

        foreach (var b in bytes)
            crc = Tables[0][(crc ^ b) & 255] ^ crc >> 8;
        return ~crc;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[8][];
        tables[0] = new uint[256];
        for (var b = 0u; b < 256; b++)
        {
            var crc = b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ crc >> 1 : crc >> 1;
            tables[0][b] = crc;
        }

        for (var k = 1; k < 8; k++)
            tables[k] = Array.ConvertAll(tables[k - 1], previous => tables[0][previous & 255] ^ previous >> 8);
        return tables;
    }
}
