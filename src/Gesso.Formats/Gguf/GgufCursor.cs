using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Gesso.Formats.Gguf;

/// <summary>Reads the header of a GGUF file from front to back. Every length is held against the rest of the file before it is believed.</summary>
internal sealed class GgufCursor(MappedFile file)
{
    /// <summary>The longest text; beyond it no string of this runtime would hold the UTF-16.</summary>
    private const int MaxTextBytes = 1 << 28;

    /// <summary>The key or tensor that is being read, for messages; null before the first.</summary>
    public string? Subject { get; set; }

    public long Position { get; private set; }

    public long Remaining => file.Length - Position;

    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, what));

    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(8, what));

    /// <summary>A count of things that each take at least <paramref name="bytesEach"/> bytes.</summary>
    public long Count(string what, int bytesEach)
    {
        var count = UInt64(what);
        return count <= (ulong)(Remaining / bytesEach)
            ? (long)count
            : throw Error(
                TensorFileCodes.BadCount,
                $"{Describe(what)} claims {count}; the {Remaining} bytes left cannot hold them. The file is damaged or cut off.");
    }

    public string Name(string what)
    {
        var start = Text(what, GgufHeader.MaxNameBytes, out var length);
        return System.Text.Encoding.UTF8.GetString(file.Bytes(start, length));
    }

    /// <summary>Value type and value of a metadata entry.</summary>
    public GgufValue Value()
    {
        var type = ValueType("the value type");
        switch (type)
        {
            case GgufValueType.Text:
                var start = Text("the text", MaxTextBytes, out var length);
                return new GgufValue(type, type, 1, file, start, length);
            case GgufValueType.Array:
                return Array();
            default:
                start = Position;
                Take(type.FixedBytes(), "the value");
                return new GgufValue(type, type, 1, file, start, type.FixedBytes());
        }
    }

    /// <summary>Built only when needed: a header has a million fields and at most one error.</summary>
    private string Describe(string what) => Subject is null ? what : $"{what} of {TensorFileException.Quote(Subject)}";

    public TensorFileException Error(string code, string problem) => TensorFileException.In(file.Path, code, problem);

    private GgufValue Array()
    {
        var element = ValueType("the element type");
        if (element == GgufValueType.Array)
            throw Error(TensorFileCodes.BadMetadata, $"{Describe("the value")} is an array of arrays, which neither ggml nor this reader accepts.");
        var bytesEach = element.FixedBytes();
        var count = Count("the array", bytesEach == 0 ? sizeof(ulong) : bytesEach);
        var start = Position;
        if (bytesEach > 0)
        {
            // The product cannot overflow: Count has held it against the file.
            Skip(count * bytesEach, "the array");
        }
        else
        {
            for (var i = 0L; i < count; i++)
                Skip((long)Math.Min(UInt64("the array"), long.MaxValue), "the array");
        }

        return Position - start <= int.MaxValue
            ? new GgufValue(GgufValueType.Array, element, count, file, start, (int)(Position - start))
            : throw Error(TensorFileCodes.BadCount, $"{Describe("the array")} has {Position - start} bytes; at most {int.MaxValue} are read.");
    }

    private GgufValueType ValueType(string what)
    {
        var number = UInt32(what);
        return number <= (uint)GgufValueType.F64
            ? (GgufValueType)number
            : throw Error(TensorFileCodes.BadMetadata, $"{Describe(what)} is {number}, which is unknown; known are 0 to {(int)GgufValueType.F64}.");
    }

    private long Text(string what, int maxBytes, out int length)
    {
        var claimed = UInt64(what);
        if (claimed > (ulong)maxBytes)
            throw Error(TensorFileCodes.BadCount, $"{Describe(what)} claims {claimed} bytes; at most {maxBytes} are read. The file is damaged.");
        length = (int)claimed;
        var start = Position;
        if (!Utf8.IsValid(Take(length, what)))
            throw Error(TensorFileCodes.BadHeader, $"{Describe(what)} at byte {start} is not valid UTF-8.");
        return start;
    }

    private ReadOnlySpan<byte> Take(int count, string what)
    {
        var start = Position;
        Skip(count, what);
        return file.Bytes(start, count);
    }

    private void Skip(long count, string what)
    {
        if (count > Remaining)
            throw Error(TensorFileCodes.FileTruncated, $"the header ends inside {Describe(what)}, at byte {file.Length}: it was cut off. Download it again.");
        Position += count;
    }
}
