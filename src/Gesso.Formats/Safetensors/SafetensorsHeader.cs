using System.Text.Json;
using static Gesso.Formats.TensorFileException;

namespace Gesso.Formats.Safetensors;

/// <summary>
/// The JSON header: tensor name → dtype, shape, data_offsets, and <c>__metadata__</c> (text to text). Rules: spec.md beside this file.
/// What is allocated grows with the header's bytes and with nothing that the header claims.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The limit of the reference (tensor.rs, MAX_HEADER_SIZE).</summary>
    public const long MaxBytes = 100_000_000;

    /// <summary>Bytes of the length before the header.</summary>
    public const int PrefixBytes = 8;

    public const string MetadataKey = "__metadata__";

    /// <summary>More axes than any framework holds (PyTorch stops at 64); a bound on what one tensor can allocate.</summary>
    private const int MaxAxes = 64;

    private readonly string _path;
    private readonly long _dataStart;
    private readonly Dictionary<string, StoredTensor> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path, long dataStart)
    {
        _path = path;
        _dataStart = dataStart;
    }

    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <param name="path">For messages.</param>
    /// <param name="json">The header without its length.</param>
    /// <param name="dataBytes">Bytes of the file after the header.</param>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataBytes)
    {
        var header = new SafetensorsHeader(path, PrefixBytes + json.Length);
        try
        {
            header.ReadObject(json);
        }
        catch (JsonException error)
        {
            throw header.Error(TensorFileCodes.BadHeader, $"the header is not valid JSON: {error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            // GetString meets invalid UTF-8 or a lone surrogate.
            throw header.Error(TensorFileCodes.BadHeader, $"the header holds text that is not valid UTF-8: {error.Message}", error);
        }

        header.CheckLayout(dataBytes);
        return header;
    }

    private void ReadObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        Expect(ref reader, JsonTokenType.StartObject, "the header");
        var sawMetadata = false;
        while (NextName(ref reader) is { } name)
        {
            if (name == MetadataKey)
            {
                if (sawMetadata)
                    throw Error(TensorFileCodes.DuplicateName, $"the header holds {MetadataKey} twice.");
                sawMetadata = true;
                ReadMetadata(ref reader);
            }
            else if (!_tensors.TryAdd(name, ReadTensor(ref reader, name)))
            {
                throw Error(TensorFileCodes.DuplicateName, $"the header holds the tensor {Quote(name)} twice.");
            }

            if (_tensors.Count > ITensorFile.MaxTensors || _metadata.Count > ITensorFile.MaxTensors)
            {
                throw Error(
                    TensorFileCodes.BadCount,
                    $"the header holds more than {ITensorFile.MaxTensors} tensors or metadata entries; no model has so many.");
            }
        }

        if (reader.Read())
            throw Error(TensorFileCodes.BadHeader, "the header has more than one JSON value.");
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Error(TensorFileCodes.BadMetadata, $"{MetadataKey} must be an object of text values; it is {Kind(reader.TokenType)}.");
        while (NextName(ref reader) is { } key)
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw Error(
                    TensorFileCodes.BadMetadata,
                    $"{MetadataKey} must hold text only; {Quote(key)} is {Kind(reader.TokenType)}. Write it as a string.");
            }

            if (!_metadata.TryAdd(key, reader.GetString()!))
                throw Error(TensorFileCodes.DuplicateName, $"{MetadataKey} holds {Quote(key)} twice.");
        }
    }

    private StoredTensor ReadTensor(ref Utf8JsonReader reader, string name)
    {
        string? dtype = null;
        long[]? shape = null;
        (long Begin, long End)? range = null;
        Expect(ref reader, JsonTokenType.StartObject, "the description", name);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                Expect(ref reader, JsonTokenType.String, "dtype", name);
                Once(dtype is null, name, "dtype");
                dtype = reader.GetString();
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                Once(shape is null, name, "shape");
                shape = ReadShape(ref reader, name);
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                Once(range is null, name, "data_offsets");
                range = ReadRange(ref reader, name);
            }
            else
            {
                reader.Skip();
            }
        }

        if (dtype is null || shape is null || range is not var (begin, end))
            throw Error(TensorFileCodes.BadHeader, $"{Quote(name)} lacks one of dtype, shape and data_offsets.");
        if (SafetensorsDtypes.Parse(dtype) is not { } type)
        {
            throw Error(
                TensorFileCodes.UnknownType,
                $"{Quote(name)} has the type {Quote(dtype)}; known are {SafetensorsDtypes.All}.");
        }

        if (!StoredTensor.TryCount(shape, out var elements) || elements > long.MaxValue / type.BlockBytes())
            throw Error(TensorFileCodes.BadShape, $"the shape [{string.Join(", ", shape)}] of {Quote(name)} has more elements than any file holds.");
        var bytes = type.ByteLength(elements);
        if (begin > end || end - begin != bytes)
        {
            throw Error(
                TensorFileCodes.BadOffset,
                $"{Quote(name)} is {dtype} [{string.Join(", ", shape)}] and needs {bytes} bytes; its data_offsets {begin} to {end} give "
                + $"{(Int128)end - begin}.");
        }

        if (begin > long.MaxValue - _dataStart)
            throw Error(TensorFileCodes.BadOffset, $"the data_offsets {begin} of {Quote(name)} lie beyond every file.");
        return new StoredTensor(name, type, shape, _dataStart + begin, bytes);
    }

    private long[] ReadShape(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.StartArray, "shape", name);
        Span<long> axes = stackalloc long[MaxAxes];
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var axis) || axis < 0)
                throw Error(TensorFileCodes.BadShape, $"the shape of {Quote(name)} must hold whole numbers from 0 to 2^63 - 1.");
            if (count == MaxAxes)
                throw Error(TensorFileCodes.BadShape, $"the shape of {Quote(name)} has more than {MaxAxes} axes.");
            axes[count++] = axis;
        }

        return axes[..count].ToArray();
    }

    private (long Begin, long End) ReadRange(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.StartArray, "data_offsets", name);
        if (TryOffset(ref reader, out var begin) && TryOffset(ref reader, out var end) && reader.Read() && reader.TokenType == JsonTokenType.EndArray)
            return (begin, end);
        throw Error(TensorFileCodes.BadOffset, $"data_offsets of {Quote(name)} must be two whole numbers from 0 to 2^63 - 1.");
    }

    private static bool TryOffset(ref Utf8JsonReader reader, out long offset)
    {
        offset = 0;
        return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out offset) && offset >= 0;
    }

    /// <summary>
    /// The data must begin at 0, follow each other without a hole or an overlap, and end with the file (tensor.rs, <c>Metadata::validate</c>).
    /// </summary>
    private void CheckLayout(long dataBytes)
    {
        var ordered = new StoredTensor[_tensors.Count];
        _tensors.Values.CopyTo(ordered, 0);
        Array.Sort(ordered, static (a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.ByteLength.CompareTo(b.ByteLength));
        var next = _dataStart;
        StoredTensor? previous = null;
        foreach (var tensor in ordered)
        {
            if (tensor.Offset < next)
            {
                throw Error(
                    TensorFileCodes.OverlappingTensors,
                    $"{Quote(tensor.Name)} begins inside {Quote(previous!.Name)}; the data of two tensors may not overlap.");
            }

            if (tensor.Offset > next)
            {
                throw Error(
                    TensorFileCodes.UncoveredBytes,
                    $"{tensor.Offset - next} bytes before {Quote(tensor.Name)} belong to no tensor; the format forbids holes.");
            }

            if (tensor.ByteLength > long.MaxValue - next)
                throw Error(TensorFileCodes.BadOffset, $"{Quote(tensor.Name)} ends beyond every file.");
            next += tensor.ByteLength;
            previous = tensor;
        }

        var described = next - _dataStart;
        if (described > dataBytes)
        {
            throw Error(
                TensorFileCodes.FileTruncated,
                $"the header describes {described} bytes of data, the file holds {dataBytes}: it was cut off. Download or copy it again.");
        }

        if (described < dataBytes)
        {
            throw Error(
                TensorFileCodes.UncoveredBytes,
                $"{dataBytes - described} bytes at the end belong to no tensor; the format forbids them. The file is damaged.");
        }
    }

    /// <summary>The next property name of the current object, or null at its end.</summary>
    private static string? NextName(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;

    private void Once(bool first, string name, string field)
    {
        if (!first)
            throw Error(TensorFileCodes.DuplicateName, $"{Quote(name)} has {field} twice.");
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType expected, string what, string? name = null)
    {
        if (reader.Read() && reader.TokenType == expected)
            return;
        var subject = name is null ? what : $"{what} of {Quote(name)}";
        throw Error(TensorFileCodes.BadHeader, $"{subject} must be {Kind(expected)}; it is {Kind(reader.TokenType)}.");
    }

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };

    private TensorFileException Error(string code, string problem, Exception? inner = null) => TensorFileException.In(_path, code, problem, inner);
}
