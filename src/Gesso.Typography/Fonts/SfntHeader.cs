using System.Buffers.Binary;
using System.Text;

namespace Gesso.Typography.Fonts;

/// <summary>What a font file tells about itself, from its tables <c>name</c>, <c>OS/2</c> and <c>fvar</c> (OpenType specification); nothing else is read.</summary>
/// <param name="Families">The typographic family first, then the one of older programs.</param>
/// <param name="Weight">1 … 1000</param>
/// <param name="WeightRange">Of a variable font; null: it has one weight.</param>
internal sealed record SfntHeader(IReadOnlyList<string> Families, int Weight, bool Italic, (float Least, float Most)? WeightRange)
{
    private const int MostFacesInFile = 64;
    private const int MostTables = 256;
    private const int MostTableBytes = 1 << 20;

    /// <summary>Every face of a file (a collection has several); empty where it is none that can be read.</summary>
    public static IReadOnlyList<SfntHeader> ReadAll(Stream stream)
    {
        try
        {
            byte[] start = Bytes(stream, 0, 12);
            if (!start.AsSpan(0, 4).SequenceEqual("ttcf"u8))
                return IsFont(start) && ReadFace(stream, 0) is { } one ? [one] : [];
            int count = Math.Min(BinaryPrimitives.ReadInt32BigEndian(start.AsSpan(8)), MostFacesInFile);
            List<SfntHeader> faces = [];
            for (int i = 0; i < count; i++)
            {
                if (ReadFace(stream, BinaryPrimitives.ReadUInt32BigEndian(Bytes(stream, 12 + 4 * i, 4))) is not { } face)
                    return [];
                faces.Add(face);
            }
            return faces;
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or OverflowException)
        {
            return []; // cut off or damaged: no font
        }
    }

    private static bool IsFont(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0, 1, 0, 0]) || start.StartsWith("OTTO"u8) || start.StartsWith("true"u8);

    private static SfntHeader? ReadFace(Stream stream, long at)
    {
        int tables = BinaryPrimitives.ReadUInt16BigEndian(Bytes(stream, at + 4, 2));
        if (tables is 0 or > MostTables)
            return null;
        byte[] directory = Bytes(stream, at + 12, tables * 16);
        byte[]? Table(ReadOnlySpan<byte> tag)
        {
            for (int i = 0; i < tables; i++)
            {
                var record = directory.AsSpan(i * 16, 16);
                if (record[..4].SequenceEqual(tag))
                    return Bytes(stream, BinaryPrimitives.ReadUInt32BigEndian(record[8..]), (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(record[12..]), MostTableBytes));
            }
            return null;
        }
        var families = Table("name"u8) is { } name ? Names(name) : [];
        if (families.Count == 0)
            return null;
        var os2 = Table("OS/2"u8);
        int weight = os2 is { Length: >= 6 } ? Math.Clamp((int)BinaryPrimitives.ReadUInt16BigEndian(os2.AsSpan(4)), 1, 1000) : 400;
        bool italic = os2 is { Length: >= 64 } && (os2[63] & 1) != 0;
        return new SfntHeader(families, weight, italic, Table("fvar"u8) is { } axes ? WeightAxis(axes) : null);
    }

    private static List<string> Names(byte[] table)
    {
        const int family = 1, typographicFamily = 16;
        int count = BinaryPrimitives.ReadUInt16BigEndian(table.AsSpan(2)), strings = BinaryPrimitives.ReadUInt16BigEndian(table.AsSpan(4));
        List<(int Id, string Text)> found = [];
        for (int i = 0; i < count; i++)
        {
            var record = table.AsSpan(6 + 12 * i, 12);
            int platform = BinaryPrimitives.ReadUInt16BigEndian(record), id = BinaryPrimitives.ReadUInt16BigEndian(record[6..]);
            if (id is not (family or typographicFamily) || platform is not (0 or 1 or 3))
                continue;
            var bytes = table.AsSpan(strings + BinaryPrimitives.ReadUInt16BigEndian(record[10..]), BinaryPrimitives.ReadUInt16BigEndian(record[8..]));
            string text = (platform == 1 ? Encoding.Latin1 : Encoding.BigEndianUnicode).GetString(bytes).Trim();
            if (text.Length > 0)
                found.Add((id, text));
        }
        return [.. found.OrderByDescending(f => f.Id).Select(f => f.Text).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static (float, float)? WeightAxis(byte[] table)
    {
        int first = BinaryPrimitives.ReadUInt16BigEndian(table.AsSpan(4)), count = BinaryPrimitives.ReadUInt16BigEndian(table.AsSpan(8)), size = BinaryPrimitives.ReadUInt16BigEndian(table.AsSpan(10));
        for (int i = 0; i < count; i++)
        {
            var axis = table.AsSpan(first + i * size, 16);
            if (axis[..4].SequenceEqual("wght"u8))
                return (BinaryPrimitives.ReadInt32BigEndian(axis[4..]) / 65536f, BinaryPrimitives.ReadInt32BigEndian(axis[12..]) / 65536f);
        }
        return null;
    }

    private static byte[] Bytes(Stream stream, long at, int count)
    {
        byte[] bytes = new byte[count];
        stream.Position = at;
        stream.ReadExactly(bytes);
        return bytes;
    }
}
