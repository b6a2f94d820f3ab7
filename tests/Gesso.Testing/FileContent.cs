using Gesso.Formats;
using Gesso.Formats.Decoding;
using Gesso.Formats.Encoding;
using Gesso.Formats.Gguf;
using Gesso.Formats.Safetensors;
using Gesso.Torch.Weights;

namespace Gesso.Testing;

/// <summary>One tensor of a file in the making.</summary>
public sealed record ContentTensor(StorageType Type, long[] Shape, byte[] Bytes)
{
    public long Elements => Shape.Aggregate(1L, (a, b) => a * b);

    public float[] Values()
    {
        float[] values = new float[Elements];
        TensorDecoder.Decode(Type, Bytes, values);
        return values;
    }
}

/// <summary>Tensors by name: gathered, changed and written as a safetensors or GGUF file.</summary>
public sealed class FileContent
{
    private readonly SortedDictionary<string, ContentTensor> _tensors = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, ContentTensor> Tensors => _tensors;

    public ContentTensor this[string name] => _tensors[name];

    /// <summary>All tensors of a file.</summary>
    public static FileContent Read(string path)
    {
        using var file = TensorFiles.Open(path);
        var content = new FileContent();
        foreach (var (name, tensor) in file.Tensors)
            content.Add(name, tensor.Type, [.. tensor.Shape], file.Bytes(tensor).ToArray());
        return content;
    }

    public FileContent Add(string name, StorageType type, long[] shape, byte[] bytes)
    {
        _tensors[name] = new ContentTensor(type, shape, bytes);
        return this;
    }

    public FileContent Add(string name, StorageType type, long[] shape, ReadOnlySpan<float> values) => Add(name, type, shape, TensorEncoder.Encode(type, values));

    public FileContent Add(string name, long[] shape, params float[] values) => Add(name, StorageType.F32, shape, values);

    public FileContent Remove(string name)
    {
        _tensors.Remove(name);
        return this;
    }

    /// <summary>The same tensors under other names.</summary>
    public FileContent Renamed(Func<string, string> rename)
    {
        var content = new FileContent();
        foreach (var (name, tensor) in _tensors)
            content._tensors[rename(name)] = tensor;
        return content;
    }

    /// <summary>Both contents in one.</summary>
    public FileContent With(FileContent other)
    {
        foreach (var (name, tensor) in other._tensors)
            _tensors[name] = tensor;
        return this;
    }

    /// <summary>Matrices in another type where their rows are whole blocks of it; vectors and the rest stay.</summary>
    public FileContent Stored(StorageType type)
    {
        var content = new FileContent();
        foreach (var (name, tensor) in _tensors)
        {
            bool fits = tensor.Shape.Length == 2 && tensor.Shape[1] % type.BlockElements() == 0;
            content._tensors[name] = fits ? tensor with { Type = type, Bytes = TensorEncoder.Encode(type, tensor.Values()) } : tensor;
        }
        return content;
    }

    /// <summary>
    /// Canonical tensors under the names and in the layout of a dialect: the inverse of what loading by the map does.
    /// </summary>
    /// <param name="map">The dialect.</param>
    /// <param name="stackedRows">Rows of every stored part of a stacked tensor but the last, which has the rest.</param>
    public FileContent InDialect(WeightMap map, int stackedRows = 0)
    {
        var content = new FileContent();
        foreach (var (name, tensor) in _tensors)
        {
            var (layout, sources) = map.Resolve(name);
            int rowBytes = layout == RowLayout.Same ? 0 : tensor.Bytes.Length / (int)tensor.Shape[0];
            switch (layout)
            {
                case RowLayout.Same:
                    content._tensors.Add(sources[0], tensor);
                    break;
                case RowLayout.SwappedHalves:
                    int half = rowBytes * (int)(tensor.Shape[0] / 2);
                    content._tensors.Add(sources[0], tensor with { Bytes = [.. tensor.Bytes[half..], .. tensor.Bytes[..half]] });
                    break;
                default:
                    for (int part = 0; part < sources.Length; part++)
                    {
                        int first = part * stackedRows, end = part + 1 < sources.Length ? first + stackedRows : (int)tensor.Shape[0];
                        content._tensors.Add(sources[part],
                            new ContentTensor(tensor.Type, [end - first, .. tensor.Shape[1..]], tensor.Bytes[(first * rowBytes)..(end * rowBytes)]));
                    }
                    break;
            }
        }
        return content;
    }

    /// <summary>Gives the path back.</summary>
    public string WriteSafetensors(string path, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorsWriter.Write(path, _tensors.Select(t => (new TensorDeclaration(t.Key, t.Value.Type, t.Value.Shape), (ReadOnlyMemory<byte>)t.Value.Bytes)), metadata);
        return path;
    }

    /// <summary>Gives the path back.</summary>
    public string WriteGguf(string path)
    {
        using var writer = GgufWriter.Create(path, [], _tensors.Select(t => new TensorDeclaration(t.Key, t.Value.Type, t.Value.Shape)));
        foreach (var (name, tensor) in _tensors)
            writer.Append(name, tensor.Bytes);
        writer.Commit();
        return path;
    }
}
