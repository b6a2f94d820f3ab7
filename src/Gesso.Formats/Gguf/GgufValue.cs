using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Gesso.Formats.Gguf;

/// <summary>
/// One metadata value. Values of an open file are views of its memory map, decoded when asked: an array of a million tokens costs nothing until it is read,
/// and no value may be read after the file is closed. Values for <see cref="GgufWriter"/> come from the <c>From</c> methods.
/// </summary>
public sealed class GgufValue
{
    private readonly MappedFile? _file;
    private readonly long _offset;
    private readonly int _length;
    private readonly byte[] _bytes = [];

    internal GgufValue(GgufValueType type, GgufValueType elementType, long count, MappedFile file, long offset, int length)
    {
        Type = type;
        ElementType = elementType;
        Count = count;
        _file = file;
        _offset = offset;
        _length = length;
    }

    private GgufValue(GgufValueType type, GgufValueType elementType, long count, byte[] bytes)
    {
        Type = type;
        ElementType = elementType;
        Count = count;
        _bytes = bytes;
        _length = bytes.Length;
    }

    public GgufValueType Type { get; }

    /// <summary>Type of the elements of an array; for other values, their own type.</summary>
    public GgufValueType ElementType { get; }

    /// <summary>Elements of an array; 1 for other values.</summary>
    public long Count { get; }

    /// <summary>The bytes in the file: of a string without its length, of an array without element type and count.</summary>
    internal ReadOnlySpan<byte> Payload => _file is null ? _bytes : _file.Bytes(_offset, _length);

    public static GgufValue From(bool value) => new(GgufValueType.Bool, GgufValueType.Bool, 1, [value ? (byte)1 : (byte)0]);

    public static GgufValue From(string value) => new(GgufValueType.Text, GgufValueType.Text, 1, System.Text.Encoding.UTF8.GetBytes(value));

    /// <summary>An integer of 8 to 64 bits, a float or a double, stored in the type given.</summary>
    public static GgufValue From<T>(T value)
        where T : unmanaged => new(GgufValueTypes.Of<T>(), GgufValueTypes.Of<T>(), 1, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray());

    public static GgufValue FromArray<T>(ReadOnlySpan<T> values)
        where T : unmanaged => new(GgufValueType.Array, GgufValueTypes.Of<T>(), values.Length, MemoryMarshal.AsBytes(values).ToArray());

    public static GgufValue FromArray(IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var bytes = new MemoryStream();
        Span<byte> length = stackalloc byte[8];
        foreach (var value in values)
        {
            var text = System.Text.Encoding.UTF8.GetBytes(value);
            BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
            bytes.Write(length);
            bytes.Write(text);
        }

        return new GgufValue(GgufValueType.Array, GgufValueType.Text, values.Count, bytes.ToArray());
    }

    /// <summary>An integer of any width.</summary>
    /// <exception cref="TensorFileException"><c>wrong_value_type</c>: not an integer, or an unsigned one over 2^63 - 1.</exception>
    public long ToInteger()
    {
        var bytes = Payload;
        return Type switch
        {
            GgufValueType.U8 => bytes[0],
            GgufValueType.I8 => (sbyte)bytes[0],
            GgufValueType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            GgufValueType.I16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            GgufValueType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            GgufValueType.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            GgufValueType.I64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            GgufValueType.U64 when BinaryPrimitives.ReadInt64LittleEndian(bytes) is >= 0 and var value => value,
            _ => throw Wrong("an integer up to 2^63 - 1"),
        };
    }

    /// <summary>A float or an integer.</summary>
    /// <exception cref="TensorFileException"><c>wrong_value_type</c>: not a number.</exception>
    public double ToNumber() => Type switch
    {
        GgufValueType.F32 => BinaryPrimitives.ReadSingleLittleEndian(Payload),
        GgufValueType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(Payload),
        GgufValueType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(Payload),
        GgufValueType.Bool or GgufValueType.Text or GgufValueType.Array => throw Wrong("a number"),
        _ => ToInteger(),
    };

    /// <exception cref="TensorFileException"><c>wrong_value_type</c>: not a boolean.</exception>
    public bool ToBoolean() => Type == GgufValueType.Bool ? Payload[0] != 0 : throw Wrong("a boolean");

    /// <exception cref="TensorFileException"><c>wrong_value_type</c>: not text.</exception>
    public string ToText() => Type == GgufValueType.Text ? System.Text.Encoding.UTF8.GetString(Payload) : throw Wrong("text");

    /// <summary>The elements of a numeric array without a copy; <typeparamref name="T"/> must be exactly the stored type.</summary>
    /// <exception cref="TensorFileException"><c>wrong_value_type</c>: not an array, or of other elements.</exception>
    public ReadOnlySpan<T> ToSpan<T>()
        where T : unmanaged => Type == GgufValueType.Array && ElementType == GgufValueTypes.Of<T>()
            ? MemoryMarshal.Cast<byte, T>(Payload)
            : throw Wrong($"an array of {GgufValueTypes.Of<T>()}");

    /// <summary>The elements of an array of text, decoded one by one.</summary>
    /// <exception cref="TensorFileException">
    /// <c>wrong_value_type</c>: not an array of text. <c>bad_metadata</c>, while enumerating: an element is not UTF-8.
    /// </exception>
    public IEnumerable<string> ToTexts()
    {
        return Type == GgufValueType.Array && ElementType == GgufValueType.Text ? Texts() : throw Wrong("an array of text");

        IEnumerable<string> Texts()
        {
            var position = 0;
            for (var i = 0L; i < Count; i++)
                yield return TextAt(ref position);
        }
    }

    /// <summary>A scalar in invariant notation; an array as its type and count.</summary>
    public override string ToString() => Type switch
    {
        GgufValueType.Text => ToText(),
        GgufValueType.Bool => ToBoolean() ? "true" : "false",
        GgufValueType.F32 => BinaryPrimitives.ReadSingleLittleEndian(Payload).ToString(CultureInfo.InvariantCulture),
        GgufValueType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(Payload).ToString(CultureInfo.InvariantCulture),
        GgufValueType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(Payload).ToString(CultureInfo.InvariantCulture),
        GgufValueType.Array => $"{ElementType}[{Count}]",
        _ => ToInteger().ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The element of a text array at a byte position, which moves behind it; lengths were checked when the file was opened.</summary>
    private string TextAt(ref int position)
    {
        var payload = Payload[position..];
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(payload);
        position += 8 + length;
        var text = payload.Slice(8, length);
        return System.Text.Unicode.Utf8.IsValid(text)
            ? System.Text.Encoding.UTF8.GetString(text)
            : throw new TensorFileException(TensorFileCodes.BadMetadata, "An element of a GGUF text array is not valid UTF-8.");
    }

    private TensorFileException Wrong(string wanted) => new(
        TensorFileCodes.WrongValueType, $"Expected {wanted}; the GGUF value is {(Type == GgufValueType.Array ? $"an array of {ElementType}" : Type)}.");
}
