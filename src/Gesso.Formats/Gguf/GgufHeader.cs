using System.Globalization;
using static Gesso.Formats.TensorFileException;

namespace Gesso.Formats.Gguf;

/// <summary>Everything before the data of a GGUF file: metadata, then one record per tensor. Rules: spec.md beside this file.</summary>
internal sealed class GgufHeader
{
    public const uint DefaultAlignment = 32;
    public const string AlignmentKey = "general.alignment";

    /// <summary>The shortest metadata entry: length of an empty key, value type, one byte.</summary>
    private const int MinEntryBytes = 8 + 4 + 1;

    /// <summary>The shortest tensor record: length of an empty name, number of axes, type, offset.</summary>
    private const int MinTensorBytes = 8 + 4 + 4 + 8;

    /// <summary>ggml writes at most 4 axes; double that is accepted.</summary>
    public const int MaxAxes = 8;

    /// <summary>The longest key or tensor name (gguf.md: 2^16 - 1 bytes).</summary>
    public const int MaxNameBytes = ushort.MaxValue;

    private readonly GgufCursor _cursor;
    private readonly long _fileBytes;

    private GgufHeader(MappedFile file)
    {
        _cursor = new GgufCursor(file);
        _fileBytes = file.Length;
    }

    public int Version { get; private set; }

    public uint Alignment { get; private set; } = DefaultAlignment;

    public Dictionary<string, GgufValue> Values { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, StoredTensor> Tensors { get; } = new(StringComparer.Ordinal);

    public static GgufHeader Read(MappedFile file)
    {
        var header = new GgufHeader(file);
        header.ReadVersion();
        var tensors = header._cursor.Count("the number of tensors", MinTensorBytes);
        var entries = header._cursor.Count("the number of metadata entries", MinEntryBytes);
        if (tensors > ITensorFile.MaxTensors || entries > ITensorFile.MaxTensors)
        {
            throw header._cursor.Error(
                TensorFileCodes.BadCount,
                $"it claims {tensors} tensors and {entries} metadata entries; at most {ITensorFile.MaxTensors} are read.");
        }

        header.Values.EnsureCapacity((int)entries);
        for (var i = 0L; i < entries; i++)
            header.ReadEntry();
        header.ReadAlignment();
        var records = new List<StoredTensor>((int)Math.Min(tensors, header._cursor.Remaining / MinTensorBytes));
        for (var i = 0L; i < tensors; i++)
            records.Add(header.ReadTensor());
        header.Place(records);
        return header;
    }

    private void ReadVersion()
    {
        const uint magic = 0x46554747; // "GGUF"
        if (_cursor.UInt32("the magic") != magic)
            throw _cursor.Error(TensorFileCodes.BadHeader, "a GGUF file starts with 'GGUF'; this one does not.");
        var version = _cursor.UInt32("the version");
        if (version > 0xFFFF)
            throw _cursor.Error(TensorFileCodes.UnsupportedVersion, "this GGUF file is big endian; only little endian is read. Convert it.");
        if (version is not (2 or 3))
        {
            throw _cursor.Error(
                TensorFileCodes.UnsupportedVersion,
                $"this is GGUF version {version}; versions 2 and 3 are read. Use a newer conversion of the model.");
        }

        Version = (int)version;
    }

    private void ReadEntry()
    {
        _cursor.Subject = null;
        var key = _cursor.Name("a metadata key");
        _cursor.Subject = key;
        if (!Values.TryAdd(key, _cursor.Value()))
            throw _cursor.Error(TensorFileCodes.DuplicateName, $"the metadata hold {Quote(key)} twice.");
    }

    private void ReadAlignment()
    {
        if (!Values.TryGetValue(AlignmentKey, out var value))
            return;
        var alignment = value.Type == GgufValueType.U32 ? value.ToInteger() : 0;
        if (alignment == 0 || !long.IsPow2(alignment))
            throw _cursor.Error(TensorFileCodes.BadAlignment, $"{AlignmentKey} must be a 32-bit power of two; it is {value.Type} {value}.");
        Alignment = (uint)alignment;
    }

    /// <summary>One record; its offset still counts from the start of the data, which is known only after the last record.</summary>
    private StoredTensor ReadTensor()
    {
        _cursor.Subject = null;
        var name = _cursor.Name("a tensor name");
        _cursor.Subject = name;
        var axes = _cursor.UInt32("the number of axes");
        if (axes > MaxAxes)
            throw _cursor.Error(TensorFileCodes.BadShape, $"{Quote(name)} claims {axes} axes; at most {MaxAxes} are read.");
        var shape = new long[axes];
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            var axis = _cursor.UInt64("the shape");
            shape[i] = axis <= long.MaxValue ? (long)axis : throw _cursor.Error(TensorFileCodes.BadShape, $"{Quote(name)} has an axis of {axis} elements.");
        }

        var number = _cursor.UInt32("the type");
        if (GgufTensorTypes.Parse(number) is not { } type)
        {
            throw _cursor.Error(
                TensorFileCodes.UnknownType,
                $"{Quote(name)} has the ggml type {GgufTensorTypes.Describe(number)}, which is not read; known are {GgufTensorTypes.All}.");
        }

        var offset = _cursor.UInt64("the offset");
        if (offset > long.MaxValue || offset % Alignment != 0)
        {
            throw _cursor.Error(
                TensorFileCodes.BadOffset,
                $"{Quote(name)} begins at {offset}, which is no multiple of the alignment {Alignment} or beyond every file.");
        }

        return new StoredTensor(name, type, shape, (long)offset, ByteLength(name, type, shape));
    }

    private long ByteLength(string name, StorageType type, long[] shape)
    {
        var block = type.BlockElements();
        var row = shape.Length == 0 ? 1 : shape[^1];
        if (row % block != 0)
            throw _cursor.Error(TensorFileCodes.BadShape, $"the rows of {Quote(name)} have {row} elements; {type} needs a multiple of {block}.");
        if (!StoredTensor.TryCount(shape, out var elements) || elements / block > long.MaxValue / type.BlockBytes())
            throw _cursor.Error(TensorFileCodes.BadShape, $"the shape [{string.Join(", ", shape)}] of {Quote(name)} has more elements than any file holds.");
        return type.ByteLength(elements);
    }

    private void Place(List<StoredTensor> records)
    {
        var padding = (Alignment - _cursor.Position % Alignment) % Alignment;
        var dataStart = _cursor.Position + padding;
        var dataBytes = Math.Max(0, _fileBytes - dataStart);
        Tensors.EnsureCapacity(records.Count);
        foreach (var record in records)
        {
            if (record.Offset > dataBytes || record.ByteLength > dataBytes - record.Offset)
            {
                var end = (Int128)record.Offset + record.ByteLength;
                throw _cursor.Error(
                    TensorFileCodes.FileTruncated,
                    $"{Quote(record.Name)} ends at byte {end.ToString(CultureInfo.InvariantCulture)} of the data; "
                    + $"the file holds {dataBytes}: it was cut off. Download or copy it again.");
            }

            if (!Tensors.TryAdd(record.Name, record with { Offset = dataStart + record.Offset }))
                throw _cursor.Error(TensorFileCodes.DuplicateName, $"the file holds the tensor {Quote(record.Name)} twice.");
        }

        CheckOverlap();
    }

    private void CheckOverlap()
    {
        var ordered = new StoredTensor[Tensors.Count];
        Tensors.Values.CopyTo(ordered, 0);
        Array.Sort(ordered, static (a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.ByteLength.CompareTo(b.ByteLength));
        for (var i = 1; i < ordered.Length; i++)
        {
            var previous = ordered[i - 1];
            if (ordered[i].Offset < previous.Offset + previous.ByteLength)
            {
                throw _cursor.Error(
                    TensorFileCodes.OverlappingTensors,
                    $"{Quote(ordered[i].Name)} begins inside {Quote(previous.Name)}; the data of two tensors may not overlap.");
            }
        }
    }
}
