using System.Buffers.Binary;

namespace Gesso.Formats.Safetensors;

/// <summary>One safetensors file, read through a memory map (format: spec.md beside this file).</summary>
public sealed class SafetensorsFile : ITensorFile
{
    private readonly MappedFile _file;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header)
    {
        _file = file;
        Tensors = BitsAndBytes.Show(file.Path, header.Tensors, state => file.Bytes(state.Offset, (int)state.ByteLength).ToArray());
        Metadata = header.Metadata;
    }

    public string Path => _file.Path;

    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens and checks a file; its data are not touched.</summary>
    /// <exception cref="TensorFileException">The path cannot be read, the content is of another format, or it breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path) => Own(MappedFile.Open(path));

    /// <summary>Checks a file that is in memory; its bytes are viewed, not copied, and must not change while it is open.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="TensorFileException">The content is of another format, or breaks a rule of the format.</exception>
    public static SafetensorsFile Read(ReadOnlyMemory<byte> bytes, string name) => Own(MappedFile.InMemory(bytes, name));

    /// <summary>Takes the map over when it succeeds.</summary>
    internal static SafetensorsFile Open(MappedFile file)
    {
        const int prefix = SafetensorsHeader.PrefixBytes;
        var signature = FileSignatures.Recognise(file);
        if (signature is not (FileSignature.Safetensors or FileSignature.Unknown))
            throw FileSignatures.Refusal(file, signature, "a safetensors file");
        if (file.Length < prefix)
        {
            throw TensorFileException.In(
                file.Path,
                TensorFileCodes.FileTruncated,
                $"a safetensors file has at least {prefix} bytes; this one has {file.Length}. Download it again.");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Bytes(0, prefix));
        if (signature == FileSignature.Unknown && file.Length > prefix)
            throw FileSignatures.Refusal(file, signature, "a safetensors file");
        if (length > SafetensorsHeader.MaxBytes)
        {
            throw TensorFileException.In(
                file.Path,
                TensorFileCodes.HeaderTooLarge,
                $"its header claims {length} bytes; the format allows {SafetensorsHeader.MaxBytes}. The file is damaged or of another kind.");
        }

        if ((long)length > file.Length - prefix)
        {
            throw TensorFileException.In(
                file.Path,
                TensorFileCodes.FileTruncated,
                $"its header has {length} bytes, of which the file holds {file.Length - prefix}: it was cut off. Download it again.");
        }

        var json = file.Bytes(prefix, (int)length);
        return new SafetensorsFile(file, SafetensorsHeader.Parse(file.Path, json, file.Length - prefix - (long)length));
    }

    public ReadOnlySpan<byte> Bytes(StoredTensor tensor) => MappedTensors.Bytes(_file, Tensors, tensor);

    public ReadOnlySpan<byte> Bytes(StoredTensor tensor, long byteOffset, int byteCount) => MappedTensors.Bytes(_file, Tensors, tensor, byteOffset, byteCount);

    public void Dispose() => _file.Dispose();

    private static SafetensorsFile Own(MappedFile file)
    {
        try
        {
            return Open(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
