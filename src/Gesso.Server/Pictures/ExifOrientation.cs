using System.Buffers.Binary;

namespace Gesso.Server.Pictures;

/// <summary>Tag 0x0112 of the first directory of an EXIF block (TIFF 6.0). Values 5 to 8 turn by a quarter, so that width and height change places.</summary>
internal static class ExifOrientation
{
    private const ushort Tag = 0x0112, Short = 3;
    private const int EntryLength = 12;

    /// <param name="tiff">From the byte order mark on. What cannot be read counts as upright, as decoders do.</param>
    public static bool SwapsSides(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8)
            return false;
        bool little = tiff.StartsWith("II"u8);
        if (!little && !tiff.StartsWith("MM"u8))
            return false;
        uint start = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (start > (uint)tiff.Length - 2)
            return false;
        int at = (int)start;
        for (int left = UInt16(tiff[at..], little), entry = at + 2; left > 0 && entry + EntryLength <= tiff.Length; left--, entry += EntryLength)
        {
            if (UInt16(tiff[entry..], little) == Tag && UInt16(tiff[(entry + 2)..], little) == Short)
                return UInt16(tiff[(entry + 8)..], little) is >= 5 and <= 8;
        }
        return false;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
