using System.Collections.Frozen;

namespace Gesso.Formats.Safetensors;

/// <summary>
/// A model split over several safetensors files, opened by its <c>.safetensors.index.json</c>. The index decides: a tensor is read from the shard that
/// the index names, and tensors that the index does not name are left out. <see cref="StoredTensor.Offset"/> counts inside the tensor's own shard.
/// </summary>
public sealed class ShardedSafetensors : ITensorFile
{
    private readonly Dictionary<string, SafetensorsFile> _shardOf;
    private readonly IReadOnlyCollection<SafetensorsFile> _shards;

    private ShardedSafetensors(
        string path, Dictionary<string, SafetensorsFile> shardOf, IReadOnlyCollection<SafetensorsFile> shards, IReadOnlyDictionary<string, string> metadata)
    {
        Path = path;
        Metadata = metadata;
        _shardOf = shardOf;
        _shards = shards;
        var tensors = shardOf.ToFrozenDictionary(entry => entry.Key, entry => entry.Value.Tensors[entry.Key], StringComparer.Ordinal);
        Tensors = BitsAndBytes.Show(path, tensors, state => shardOf[state.Name].Bytes(state).ToArray());
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The metadata of the shards, then the scalars of the index; where keys repeat, the index wins, then the earlier shard by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens the index and every shard that it names.</summary>
    /// <exception cref="TensorFileException">
    /// <c>missing_shard</c> lists every shard that is absent; <c>missing_tensor</c> lists tensors that are not in their shard; or an error of one shard.
    /// </exception>
    public static ShardedSafetensors Open(string indexJsonPath)
    {
        using var index = MappedFile.Open(indexJsonPath);
        var signature = FileSignatures.Recognise(index);
        return signature == FileSignature.Json ? Open(index) : throw FileSignatures.Refusal(index, signature, "a .safetensors.index.json");
    }

    /// <summary>Reads the index; the caller keeps the map and may close it after.</summary>
    internal static ShardedSafetensors Open(MappedFile file)
    {
        if (file.Length > SafetensorsHeader.MaxBytes)
        {
            throw TensorFileException.In(
                file.Path,
                TensorFileCodes.HeaderTooLarge,
                $"the index has {file.Length} bytes; at most {SafetensorsHeader.MaxBytes} are read. This is not the index of a model.");
        }

        var index = ShardIndex.Parse(file.Path, file.Bytes(0, (int)file.Length));
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file.Path))!;
        var names = index.Shards.Order(StringComparer.Ordinal).ToList();
        var missing = names.Where(name => !File.Exists(System.IO.Path.Combine(folder, name))).ToList();
        if (missing.Count > 0)
        {
            throw TensorFileException.In(
                file.Path,
                TensorFileCodes.MissingShard,
                $"{missing.Count} of {names.Count} shards are not in its folder: {List(missing)}. Download them next to the index.");
        }

        var shards = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach (var name in names)
                shards.Add(name, SafetensorsFile.Open(System.IO.Path.Combine(folder, name)));
            return Join(file.Path, index, names, shards);
        }
        catch
        {
            foreach (var shard in shards.Values)
                shard.Dispose();
            throw;
        }
    }

    public ReadOnlySpan<byte> Bytes(StoredTensor tensor) => ShardOf(tensor).Bytes(tensor);

    public ReadOnlySpan<byte> Bytes(StoredTensor tensor, long byteOffset, int byteCount) => ShardOf(tensor).Bytes(tensor, byteOffset, byteCount);

    /// <summary>The open shard that holds a tensor; owned by this object.</summary>
    /// <exception cref="TensorFileException"><c>unknown_tensor</c>: not a tensor of this model.</exception>
    public SafetensorsFile ShardOf(StoredTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return _shardOf.TryGetValue(tensor.Name, out var shard)
            ? shard
            : throw TensorFileException.In(Path, TensorFileCodes.UnknownTensor, $"{TensorFileException.Quote(tensor.Name)} is not a tensor of this model.");
    }

    public void Dispose()
    {
        foreach (var shard in _shards)
            shard.Dispose();
    }

    private static ShardedSafetensors Join(string path, ShardIndex index, List<string> names, Dictionary<string, SafetensorsFile> shards)
    {
        var shardOf = new Dictionary<string, SafetensorsFile>(index.WeightMap.Count, StringComparer.Ordinal);
        var absent = new List<string>();
        foreach (var (tensor, shard) in index.WeightMap)
        {
            shardOf.Add(tensor, shards[shard]);
            if (!shards[shard].Tensors.ContainsKey(tensor))
                absent.Add($"{TensorFileException.Quote(tensor)} in {shard}");
        }

        if (absent.Count > 0)
        {
            throw TensorFileException.In(
                path,
                TensorFileCodes.MissingTensor,
                $"{absent.Count} tensors of the index are not in their shards: {List(absent)}. Index and shards are of different models.");
        }

        var metadata = new Dictionary<string, string>(index.Metadata, StringComparer.Ordinal);
        foreach (var entry in names.SelectMany(name => shards[name].Metadata))
            metadata.TryAdd(entry.Key, entry.Value);
        return new ShardedSafetensors(path, shardOf, shards.Values, metadata);
    }

    private static string List(List<string> items)
    {
        const int shown = 20;
        return items.Count <= shown ? string.Join(", ", items) : $"{string.Join(", ", items.Take(shown))} and {items.Count - shown} more";
    }
}
