using System.Buffers.Binary;

namespace Gesso.Formats.Png;

/// <summary>
/// Walks the chunks of a PNG picture from IHDR to IEND. Each step checks that the chunk lies inside the bytes, that its name is four letters and that
/// its CRC is right; nothing is allocated. Bytes after IEND are not looked at.
/// </summary>
internal ref struct PngChunkReader
{
    /// <summary>Length and name before the data, CRC after.</summary>
    public const int FrameBytes = 4 + 4 + 4;

    private readonly ReadOnlySpan<byte> _png;
    private int _next;

    /// <exception cref="TensorFileException"><c>bad_png</c>: the bytes do not start with the PNG signature.</exception>
    public PngChunkReader(ReadOnlySpan<byte> png)
    {
        if (!png.StartsWith(Signature))
        {
            throw Bad(
                $"a PNG picture starts with {Convert.ToHexString(Signature)}; these {png.Length} bytes start with "
                + $"{Convert.ToHexString(png[..Math.Min(8, png.Length)])}.");
        }

        _png = png;
        _next = Signature.Length;
    }

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    /// <summary>The four letters of the current chunk.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>The byte behind the current chunk.</summary>
    public readonly int End => _next;

    /// <summary>Moves to the next chunk; false after IEND.</summary>
    /// <exception cref="TensorFileException"><c>bad_png</c>: cut off, damaged, or not in the order that PNG prescribes.</exception>
    public bool Read()
    {
        if (Name.SequenceEqual("IEND"u8))
            return false;
        var rest = _png[_next..];
        if (rest.Length < FrameBytes)
            throw Bad($"the picture ends at byte {_png.Length} without IEND: it was cut off.");
        var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > (uint)(rest.Length - FrameBytes))
            throw Bad($"the chunk at byte {_next} claims {length} bytes of data; {rest.Length - FrameBytes} are left: the picture was cut off or is damaged.");
        var name = rest.Slice(4, 4);
        foreach (var letter in name)
        {
            if (!char.IsAsciiLetter((char)letter))
                throw Bad($"the chunk at byte {_next} has the name {Convert.ToHexString(name)}, which is not four letters.");
        }

        var checkedBytes = rest.Slice(4, 4 + (int)length);
        var stored = BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..]);
        if (Crc32.Of(checkedBytes) != stored)
            throw Bad($"the chunk {System.Text.Encoding.ASCII.GetString(name)} at byte {_next} has a wrong checksum: the picture is damaged.");
        if (Name.IsEmpty && !(name.SequenceEqual("IHDR"u8) && length == 13))
            throw Bad("the first chunk must be IHDR with 13 bytes.");
        Name = name;
        Data = checkedBytes[4..];
        _next += FrameBytes + (int)length;
        return true;
    }

    private static TensorFileException Bad(string problem) => new(TensorFileCodes.BadPng, $"Not a readable PNG picture: {problem}");
}
