using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using static Gesso.Formats.TensorFileException;

namespace Gesso.Formats.Safetensors;

/// <summary>
/// Writes a safetensors file piece by piece: declare the tensors, append their bytes in any order, commit. The destination changes only in
/// <see cref="Commit"/>, in one step, after the data have reached the disk; disposing without it leaves no trace.
/// </summary>
/// <remarks>
/// As in the reference (tensor.rs, <c>prepare</c>), wide elements come first, then tensors are in the order of their names, and spaces pad the header
/// to a multiple of 8: so every tensor is aligned to its element size in the file. Equal input gives equal bytes.
/// </remarks>
public sealed class SafetensorsWriter : IDisposable
{
    private const int HeaderAlignment = 8;

    /// <summary>2^62: far above every disk, far enough below 2^63 for the sums here.</summary>
    private const long MaxDataBytes = 1L << 62;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly PendingFile _file;

    private SafetensorsWriter(PendingFile file, IReadOnlyList<StoredTensor> tensors)
    {
        _file = file;
        Tensors = tensors;
    }

    /// <summary>The declared tensors with their places, in the order of the file; appending in this order writes the disk front to back.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Begins a file; its space is reserved at once.</summary>
    /// <param name="path">Destination; its folder must exist, the file may.</param>
    /// <param name="tensors">All tensors; block-quantised types are not part of the format.</param>
    /// <param name="metadata">Text for <c>__metadata__</c>, written in the order of the keys.</param>
    /// <exception cref="TensorFileException">
    /// <c>duplicate_name</c>, <c>bad_shape</c>, <c>unknown_type</c>, <c>bad_header</c> (a name that the format cannot hold), <c>header_too_large</c>;
    /// <c>access_denied</c>, <c>write_failed</c> (for example a full disk).
    /// </exception>
    public static SafetensorsWriter Create(string path, IEnumerable<TensorDeclaration> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var (header, placed, total) = LayOut(tensors, metadata);
        return new SafetensorsWriter(new PendingFile(path, header, placed, total), placed);
    }

    /// <summary>Writes a whole file from memory.</summary>
    public static void Write(
        string path, IEnumerable<(TensorDeclaration Tensor, ReadOnlyMemory<byte> Bytes)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var all = tensors.ToList();
        using var writer = Create(path, all.Select(entry => entry.Tensor), metadata);
        foreach (var (tensor, bytes) in all)
            writer.Append(tensor.Name, bytes.Span);
        writer.Commit();
    }

    /// <summary>The bytes of the file that <see cref="Write"/> would make, for small ones that never touch a disk.</summary>
    /// <exception cref="TensorFileException">As <see cref="Create"/>; <c>bad_count</c>: bytes that do not fit their declaration.</exception>
    public static byte[] ToBytes(
        IEnumerable<(TensorDeclaration Tensor, ReadOnlyMemory<byte> Bytes)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var all = tensors.ToList();
        var (header, placed, total) = LayOut(all.Select(entry => entry.Tensor), metadata);
        var content = all.ToDictionary(entry => entry.Tensor.Name, entry => entry.Bytes, StringComparer.Ordinal);
        if (total > Array.MaxLength)
            throw new TensorFileException(TensorFileCodes.TensorTooLarge, $"The file would have {total} bytes; one array holds {Array.MaxLength}. Write it to a path.");
        var file = new byte[total];
        header.CopyTo(file, 0);
        foreach (var tensor in placed)
        {
            var bytes = content[tensor.Name];
            if (bytes.Length != tensor.ByteLength)
                throw new TensorFileException(TensorFileCodes.BadCount, $"{tensor} has {tensor.ByteLength} bytes; {bytes.Length} came.");
            bytes.Span.CopyTo(file.AsSpan((int)tensor.Offset));
        }

        return file;
    }

    /// <summary>Adds the next bytes (little endian) of one tensor.</summary>
    /// <exception cref="TensorFileException"><c>unknown_tensor</c>: not declared. <c>bad_count</c>: more bytes than declared. <c>write_failed</c>.</exception>
    public void Append(string name, ReadOnlySpan<byte> bytes) => _file.Append(name, bytes);

    /// <summary>Flushes the file to the disk and moves it to its destination, replacing what is there.</summary>
    /// <exception cref="TensorFileException"><c>bad_count</c>: a tensor is incomplete. <c>write_failed</c>.</exception>
    public void Commit() => _file.Commit();

    public void Dispose() => _file.Dispose();

    /// <summary>The header, every tensor at its place in the file, and the length of the file.</summary>
    private static (byte[] Header, List<StoredTensor> Placed, long Total) LayOut(
        IEnumerable<TensorDeclaration> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var relative = Place(tensors);
        var header = Header(relative, metadata);
        var placed = relative.ConvertAll(tensor => tensor with { Offset = tensor.Offset + header.Length });
        return (header, placed, placed.Count == 0 ? header.Length : placed[^1].Offset + placed[^1].ByteLength);
    }

    /// <summary>The tensors in file order; offsets count from the start of the data.</summary>
    private static List<StoredTensor> Place(IEnumerable<TensorDeclaration> declarations)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var tensors = new List<StoredTensor>();
        foreach (var declaration in declarations)
        {
            var bytes = declaration.Validate();
            if (declaration.Name == SafetensorsHeader.MetadataKey)
            {
                throw new TensorFileException(
                    TensorFileCodes.BadHeader,
                    $"A tensor may not be named {SafetensorsHeader.MetadataKey}: the format keeps that name for metadata.");
            }

            if (!names.Add(declaration.Name))
                throw new TensorFileException(TensorFileCodes.DuplicateName, $"The tensor {Quote(declaration.Name)} is declared twice.");
            if (SafetensorsDtypes.NameOf(declaration.Type) is null)
            {
                throw new TensorFileException(
                    TensorFileCodes.UnknownType,
                    $"{Quote(declaration.Name)} is {declaration.Type}, which safetensors cannot hold; it holds {SafetensorsDtypes.All}.");
            }

            tensors.Add(new StoredTensor(declaration.Name, declaration.Type, declaration.Shape, 0, bytes));
        }

        tensors.Sort(static (a, b) => a.Type.BlockBytes() != b.Type.BlockBytes()
            ? b.Type.BlockBytes().CompareTo(a.Type.BlockBytes())
            : string.CompareOrdinal(a.Name, b.Name));
        var offset = 0L;
        for (var i = 0; i < tensors.Count; i++)
        {
            tensors[i] = tensors[i] with { Offset = offset };
            offset = tensors[i].ByteLength <= MaxDataBytes - offset
                ? offset + tensors[i].ByteLength
                : throw new TensorFileException(
                    TensorFileCodes.BadShape,
                    $"With {Quote(tensors[i].Name)} the data exceed {MaxDataBytes} bytes; no file holds them.");
        }

        return tensors;
    }

    /// <summary>Length and padded JSON.</summary>
    private static byte[] Header(List<StoredTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
                WriteMetadata(json, metadata);
            foreach (var tensor in tensors)
                WriteTensor(json, tensor);
            json.WriteEndObject();
        }

        var padding = (HeaderAlignment - buffer.WrittenCount % HeaderAlignment) % HeaderAlignment;
        var length = buffer.WrittenCount + padding;
        if (length > SafetensorsHeader.MaxBytes)
        {
            throw new TensorFileException(
                TensorFileCodes.HeaderTooLarge,
                $"The header would have {length} bytes; the format allows {SafetensorsHeader.MaxBytes}. Shorten the metadata or split the file.");
        }

        var header = new byte[SafetensorsHeader.PrefixBytes + length];
        BinaryPrimitives.WriteInt64LittleEndian(header, length);
        buffer.WrittenSpan.CopyTo(header.AsSpan(SafetensorsHeader.PrefixBytes));
        header.AsSpan(header.Length - padding).Fill((byte)' ');
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach (var (key, value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (value is null || !TensorDeclaration.IsValidText(key) || !TensorDeclaration.IsValidText(value))
                throw new TensorFileException(TensorFileCodes.BadMetadata, $"The metadata {Quote(key)} must be text without lone surrogates.");
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, StoredTensor tensor)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype"u8, SafetensorsDtypes.NameOf(tensor.Type));
        json.WriteStartArray("shape"u8);
        foreach (var axis in tensor.Shape)
            json.WriteNumberValue(axis);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets"u8);
        json.WriteNumberValue(tensor.Offset);
        json.WriteNumberValue(tensor.Offset + tensor.ByteLength);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
