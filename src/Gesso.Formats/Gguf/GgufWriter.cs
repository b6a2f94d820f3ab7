using System.Buffers.Binary;
using System.Text;
using static Gesso.Formats.TensorFileException;

namespace Gesso.Formats.Gguf;

/// <summary>
/// Writes a GGUF version 3 file piece by piece, as <see cref="Safetensors.SafetensorsWriter"/> does; it converts nothing, the bytes come encoded
/// (<see cref="Encoding.TensorEncoder"/>). Metadata and tensors keep the order given; <c>general.alignment</c> among the values sets the alignment.
/// </summary>
public sealed class GgufWriter : IDisposable
{
    /// <summary>2^62: far above every disk, far enough below 2^63 for the sums here.</summary>
    private const long MaxDataBytes = 1L << 62;

    private readonly PendingFile _file;

    private GgufWriter(PendingFile file, IReadOnlyList<StoredTensor> tensors)
    {
        _file = file;
        Tensors = tensors;
    }

    /// <summary>The declared tensors with their places.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Begins a file; its space is reserved at once.</summary>
    /// <param name="path">Destination; its folder must exist, the file may.</param>
    /// <param name="values">Metadata; readers expect <c>general.architecture</c>.</param>
    /// <param name="tensors">All tensors, of types that GGUF has.</param>
    /// <exception cref="TensorFileException">
    /// <c>duplicate_name</c>, <c>bad_shape</c>, <c>unknown_type</c>, <c>bad_alignment</c>, <c>bad_header</c>; <c>access_denied</c>, <c>write_failed</c>.
    /// </exception>
    public static GgufWriter Create(string path, IEnumerable<KeyValuePair<string, GgufValue>> values, IEnumerable<TensorDeclaration> tensors)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(tensors);
        var entries = values.ToList();
        var alignment = Alignment(entries);
        var relative = Place(tensors, alignment);
        var header = Header(entries, relative, alignment);
        var placed = relative.ConvertAll(tensor => tensor with { Offset = tensor.Offset + header.Length });
        var end = placed.Count == 0 ? header.Length : placed[^1].Offset + placed[^1].ByteLength;
        return new GgufWriter(new PendingFile(path, header, placed, Align(end, alignment)), placed);
    }

    /// <summary>Adds the next bytes of one tensor.</summary>
    /// <exception cref="TensorFileException"><c>unknown_tensor</c>: not declared. <c>bad_count</c>: more bytes than declared. <c>write_failed</c>.</exception>
    public void Append(string name, ReadOnlySpan<byte> bytes) => _file.Append(name, bytes);

    /// <summary>Flushes the file to the disk and moves it to its destination, replacing what is there.</summary>
    /// <exception cref="TensorFileException"><c>bad_count</c>: a tensor is incomplete. <c>write_failed</c>.</exception>
    public void Commit() => _file.Commit();

    public void Dispose() => _file.Dispose();

    private static long Alignment(List<KeyValuePair<string, GgufValue>> entries)
    {
        var value = entries.Find(entry => entry.Key == GgufHeader.AlignmentKey).Value;
        if (value is null)
            return GgufHeader.DefaultAlignment;
        var alignment = value.Type == GgufValueType.U32 ? value.ToInteger() : 0;
        return alignment > 0 && long.IsPow2(alignment)
            ? alignment
            : throw new TensorFileException(
                TensorFileCodes.BadAlignment,
                $"{GgufHeader.AlignmentKey} must be a 32-bit power of two; got {value.Type} {value}.");
    }

    private static List<StoredTensor> Place(IEnumerable<TensorDeclaration> declarations, long alignment)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var tensors = new List<StoredTensor>();
        var offset = 0L;
        foreach (var declaration in declarations)
        {
            var bytes = declaration.Validate();
            if (!names.Add(declaration.Name))
                throw new TensorFileException(TensorFileCodes.DuplicateName, $"The tensor {Quote(declaration.Name)} is declared twice.");
            if (GgufTensorTypes.NumberOf(declaration.Type) is null)
            {
                throw new TensorFileException(
                    TensorFileCodes.UnknownType, $"{Quote(declaration.Name)} is {declaration.Type}, which GGUF cannot hold; it holds {GgufTensorTypes.All}.");
            }

            if (declaration.Shape.Count > GgufHeader.MaxAxes)
                throw new TensorFileException(TensorFileCodes.BadShape, $"{Quote(declaration.Name)} has more than {GgufHeader.MaxAxes} axes.");
            if (bytes > MaxDataBytes - offset)
            {
                throw new TensorFileException(
                    TensorFileCodes.BadShape,
                    $"With {Quote(declaration.Name)} the data exceed {MaxDataBytes} bytes; no file holds them.");
            }

            tensors.Add(new StoredTensor(declaration.Name, declaration.Type, declaration.Shape, offset, bytes));
            offset = Align(offset + bytes, alignment);
        }

        return tensors;
    }

    private static byte[] Header(List<KeyValuePair<string, GgufValue>> entries, List<StoredTensor> tensors, long alignment)
    {
        using var header = new MemoryStream();
        header.Write("GGUF"u8);
        WriteU32(header, 3);
        WriteU64(header, tensors.Count);
        WriteU64(header, entries.Count);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in entries)
        {
            if (!keys.Add(key))
                throw new TensorFileException(TensorFileCodes.DuplicateName, $"The metadata {Quote(key)} are given twice.");
            WriteText(header, key);
            WriteValue(header, value);
        }

        foreach (var tensor in tensors)
        {
            WriteText(header, tensor.Name);
            WriteU32(header, (uint)tensor.Shape.Count);
            for (var i = tensor.Shape.Count - 1; i >= 0; i--)
                WriteU64(header, tensor.Shape[i]);
            WriteU32(header, GgufTensorTypes.NumberOf(tensor.Type)!.Value);
            WriteU64(header, tensor.Offset);
        }

        header.SetLength(Align(header.Length, alignment));
        return header.ToArray();
    }

    private static void WriteValue(MemoryStream header, GgufValue value)
    {
        WriteU32(header, (uint)value.Type);
        if (value.Type == GgufValueType.Array)
        {
            WriteU32(header, (uint)value.ElementType);
            WriteU64(header, value.Count);
        }
        else if (value.Type == GgufValueType.Text)
        {
            WriteU64(header, value.Payload.Length);
        }

        header.Write(value.Payload);
    }

    private static void WriteText(MemoryStream header, string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        if (bytes.Length > GgufHeader.MaxNameBytes || !TensorDeclaration.IsValidText(text))
        {
            throw new TensorFileException(
                TensorFileCodes.BadHeader,
                $"The name {Quote(text)} has more than {GgufHeader.MaxNameBytes} bytes or is no valid text.");
        }

        WriteU64(header, bytes.Length);
        header.Write(bytes);
    }

    private static void WriteU32(MemoryStream header, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        header.Write(bytes);
    }

    private static void WriteU64(MemoryStream header, long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        header.Write(bytes);
    }

    private static long Align(long position, long alignment) => (position + alignment - 1) / alignment * alignment;
}
