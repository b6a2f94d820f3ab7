using System.Buffers.Binary;

namespace Gesso.Formats.Jpeg;

/// <summary>The frame header of a JPEG file: what its pixels will be.</summary>
/// <param name="Coding">0 baseline, 1 extended, 2 progressive; others are hardly used (lossless, hierarchical, arithmetic).</param>
/// <param name="Precision">Bits a sample.</param>
/// <param name="Width">As stored, before any turn that EXIF asks for.</param>
/// <param name="Height">As stored.</param>
/// <param name="Components">1 grey, 3 colour, 4 printing colours.</param>
public readonly record struct JpegFrame(int Coding, int Precision, int Width, int Height, int Components)
{
    private const byte First = 0xC0, Last = 0xCF, HuffmanTables = 0xC4, Extension = 0xC8, ArithmeticTables = 0xCC;
    private const int FixedLength = 6, ComponentLength = 3;

    /// <summary>Whether a segment with this marker is a frame header.</summary>
    public static bool IsFrame(byte marker) => marker is >= First and <= Last and not (HuffmanTables or Extension or ArithmeticTables);

    /// <summary>Null: the segment is no whole frame header.</summary>
    public static JpegFrame? Read(byte marker, ReadOnlySpan<byte> data) =>
        !IsFrame(marker) || data.Length < FixedLength || data.Length < FixedLength + ComponentLength * data[5] ? null
        : new JpegFrame(marker - First, data[0], BinaryPrimitives.ReadUInt16BigEndian(data[3..]), BinaryPrimitives.ReadUInt16BigEndian(data[1..]), data[5]);

    /// <summary>The first frame of a file; null: it is no JPEG, or has none before its pixels.</summary>
    public static JpegFrame? Find(ReadOnlySpan<byte> file)
    {
        if (!JpegSegments.Matches(file))
            return null;
        for (var segments = new JpegSegments(file); segments.MoveNext();)
        {
            if (IsFrame(segments.Marker))
                return Read(segments.Marker, segments.Data);
        }
        return null;
    }
}
