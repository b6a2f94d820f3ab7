using System.Text.Json;

namespace Gesso.Formats.Safetensors;

/// <summary>
/// A <c>*.safetensors.index.json</c> as Hugging Face libraries write it: <c>weight_map</c> (tensor name → file name beside the index) and
/// <c>metadata</c> (scalars; <c>total_size</c> in bytes).
/// </summary>
internal sealed class ShardIndex
{
    private readonly string _path;
    private readonly Dictionary<string, string> _weightMap = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    // One instance per file name: a thousand tensors name the same shard.
    private readonly Dictionary<string, string> _shards = new(StringComparer.Ordinal);

    private ShardIndex(string path) => _path = path;

    /// <summary>Tensor name → shard file name.</summary>
    public IReadOnlyDictionary<string, string> WeightMap => _weightMap;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    public IEnumerable<string> Shards => _shards.Keys;

    public static ShardIndex Parse(string path, ReadOnlySpan<byte> json)
    {
        var index = new ShardIndex(path);
        try
        {
            index.Read(json);
        }
        catch (JsonException error)
        {
            throw index.Error(TensorFileCodes.BadHeader, $"the index is not valid JSON: {error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            throw index.Error(TensorFileCodes.BadHeader, $"the index holds text that is not valid UTF-8: {error.Message}", error);
        }

        if (index._weightMap.Count == 0)
            throw index.Error(TensorFileCodes.BadHeader, "the JSON has no weight_map with tensors, so it is not the index of a sharded model.");
        return index;
    }

    private void Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json.StartsWith("\uFEFF"u8) ? json[3..] : json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw Error(TensorFileCodes.BadHeader, "the index must be a JSON object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMap = reader.ValueTextEquals("weight_map"u8);
            var isMetadata = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            if (isMap && reader.TokenType != JsonTokenType.StartObject)
                throw Error(TensorFileCodes.BadHeader, "weight_map must be an object of tensor names and file names.");
            if (isMap)
                ReadWeightMap(ref reader);
            else if (isMetadata && reader.TokenType == JsonTokenType.StartObject)
                ReadMetadata(ref reader);
            else
                reader.Skip();
        }
    }

    private void ReadWeightMap(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Error(TensorFileCodes.BadHeader, $"weight_map must give a file name for {TensorFileException.Quote(name)}.");
            var shard = reader.GetString()!;
            if (!_shards.TryGetValue(shard, out var interned))
            {
                CheckFileName(shard);
                _shards.Add(shard, interned = shard);
            }

            if (!_weightMap.TryAdd(name, interned))
                throw Error(TensorFileCodes.DuplicateName, $"weight_map holds the tensor {TensorFileException.Quote(name)} twice.");
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.String:
                    _metadata[key] = reader.GetString()!;
                    break;
                case JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                    _metadata[key] = System.Text.Encoding.UTF8.GetString(reader.ValueSpan);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>Shards lie beside their index; an index from elsewhere must not reach other folders.</summary>
    private void CheckFileName(string name)
    {
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny("/\\:\0"))
        {
            throw Error(
                TensorFileCodes.BadHeader,
                $"weight_map names the shard {TensorFileException.Quote(name)}; it must be the plain name of a file in the folder of the index.");
        }
    }

    private TensorFileException Error(string code, string problem, Exception? inner = null) => TensorFileException.In(_path, code, problem, inner);
}
