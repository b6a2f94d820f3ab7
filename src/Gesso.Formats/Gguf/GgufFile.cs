namespace Gesso.Formats.Gguf;

/// <summary>One GGUF file (version 2 or 3, little endian), read through a memory map (format: spec.md beside this file).</summary>
public sealed class GgufFile : ITensorFile
{
    private readonly MappedFile _file;
    private readonly Lazy<Dictionary<string, string>> _metadata;

    private GgufFile(MappedFile file, GgufHeader header)
    {
        _file = file;
        Version = header.Version;
        Alignment = (int)Math.Min(header.Alignment, int.MaxValue);
        Values = header.Values;
        Tensors = header.Tensors;
        _metadata = new Lazy<Dictionary<string, string>>(ScalarsAsText);
    }

    public string Path => _file.Path;

    /// <summary>2 or 3; both have the same layout in little endian.</summary>
    public int Version { get; }

    /// <summary>The data of every tensor begin at a multiple of this many bytes from the start of the data.</summary>
    public int Alignment { get; }

    /// <summary>The typed metadata, views of the file.</summary>
    public IReadOnlyDictionary<string, GgufValue> Values { get; }

    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>All values but arrays, as text; made at the first call, which must come before the file is closed.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata.Value;

    /// <summary>Opens and checks a file; its data are not touched.</summary>
    /// <exception cref="TensorFileException">The path cannot be read, the content is of another format, or it breaks a rule of the format.</exception>
    public static GgufFile Open(string path)
    {
        var file = MappedFile.Open(path);
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

    /// <summary>Takes the map over when it succeeds.</summary>
    internal static GgufFile Open(MappedFile file)
    {
        var signature = FileSignatures.Recognise(file);
        if (signature != FileSignature.Gguf)
            throw FileSignatures.Refusal(file, signature, "a GGUF file");
        return new GgufFile(file, GgufHeader.Read(file));
    }

    public ReadOnlySpan<byte> Bytes(StoredTensor tensor) => MappedTensors.Bytes(_file, Tensors, tensor);

    public ReadOnlySpan<byte> Bytes(StoredTensor tensor, long byteOffset, int byteCount) => MappedTensors.Bytes(_file, Tensors, tensor, byteOffset, byteCount);

    public void Dispose() => _file.Dispose();

    private Dictionary<string, string> ScalarsAsText() => Values
        .Where(entry => entry.Value.Type != GgufValueType.Array)
        .ToDictionary(entry => entry.Key, entry => entry.Value.ToString(), StringComparer.Ordinal);
}
