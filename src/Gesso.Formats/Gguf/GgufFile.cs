namespace Gesso.Formats.Gguf;

/// <summary>One GGUF file, read through a memory map.</summary>
public sealed class GgufFile : ITensorFile
{
    private readonly MappedFile _file;

    private GgufFile(MappedFile file) => _file = file;

    public string Path => _file.Path;

    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; } = new Dictionary<string, StoredTensor>();

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public static GgufFile Open(string path) => Open(MappedFile.Open(path));

    internal static GgufFile Open(MappedFile file) => throw TensorFileException.In(file.Path, TensorFileCodes.UnsupportedVersion, "GGUF is not read yet.");

    public ReadOnlySpan<byte> Bytes(StoredTensor tensor) => MappedTensors.Bytes(_file, Tensors, tensor);

    public ReadOnlySpan<byte> Bytes(StoredTensor tensor, long byteOffset, int byteCount) => MappedTensors.Bytes(_file, Tensors, tensor, byteOffset, byteCount);

    public void Dispose() => _file.Dispose();
}
