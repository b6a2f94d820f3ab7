using System.Buffers.Binary;

namespace Gesso.Formats.Jpeg;

/// <summary>
/// The segments of a JPEG file from its beginning to where pixels begin, one after the other. Nothing is copied, and no length is believed before it is held
/// against the bytes that are left.
/// </summary>
/// <param name="file">The whole file, or as much as there is.</param>
public ref struct JpegSegments(ReadOnlySpan<byte> file)
{
    private const byte FirstMarker = 0xC0, FirstRestart = 0xD0, StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA;
    private const int AfterSignature = 2;

    private readonly ReadOnlySpan<byte> _file = file;
    private int _at = AfterSignature;

    /// <summary>Second byte of the marker.</summary>
    public byte Marker { get; private set; }

    /// <summary>Behind the length.</summary>
    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>Whether a file begins as JPEG files do.</summary>
    public static bool Matches(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, StartOfImage, 0xFF]);

    /// <summary>Goes to the next segment. False: pixels begin, the file ends, or what follows is no segment.</summary>
    public bool MoveNext()
    {
        if (_at + 1 >= _file.Length || _file[_at] != 0xFF)
            return false;
        while (_at + 1 < _file.Length && _file[_at + 1] == 0xFF)                            // fill bytes
            _at++;
        if (_at + 3 >= _file.Length)
            return false;
        byte marker = _file[_at + 1];
        int length = BinaryPrimitives.ReadUInt16BigEndian(_file[(_at + 2)..]);
        if (marker is StartOfScan or EndOfImage or < FirstMarker or (>= FirstRestart and <= StartOfImage) || length < 2 || _at + 2 + length > _file.Length)
            return false;
        Marker = marker;
        Data = _file.Slice(_at + 4, length - 2);
        _at += 2 + length;
        return true;
    }
}
