using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Formats.Decoding;
using Gesso.Formats.Safetensors;
using static TorchSharp.torch;

namespace Gesso.Training.Caches;

/// <summary>
/// Tensors in files that are named by a hash of everything they were computed from: what is changed has another name, so nothing stale is ever found, and two runs
/// may share a folder. A file is there whole or not at all; one that is damaged is computed again.
/// </summary>
public sealed class ContentCache
{
    private readonly string _folder;

    /// <param name="folder">Made with the first file.</param>
    public ContentCache(string folder) => _folder = folder;

    /// <summary>Tensors in f32 on the CPU, or null; the caller disposes them.</summary>
    /// <param name="key">Hexadecimal digits.</param>
    public Dictionary<string, Tensor>? Find(string key)
    {
        string path = PathOf(key);
        if (!File.Exists(path))
            return null;
        Dictionary<string, Tensor> tensors = [];
        try
        {
            using var outside = inference_mode(false);
            using var file = SafetensorsFile.Open(path);
            foreach (var stored in file.Tensors.Values)
            {
                var tensor = empty([.. stored.Shape], ScalarType.Float32);
                tensors.Add(stored.Name, tensor);
                TensorDecoder.Decode(stored.Type, file.Bytes(stored), System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.bytes));
            }
            return tensors;
        }
        catch (TensorFileException)
        {
            foreach (var tensor in tensors.Values)
                tensor.Dispose();
            return null;
        }
    }

    public bool Has(string key) => File.Exists(PathOf(key));

    /// <summary>Keeps tensors in f32.</summary>
    public void Keep(string key, IReadOnlyDictionary<string, Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        string path = PathOf(key);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Unavailable("not_writable", $"The cache folder {_folder} cannot be made: {e.Message} Choose another place.", e);
        }
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(path, tensors.Select(t => (new TensorDeclaration(t.Key, StorageType.F32, t.Value.shape),
            (ReadOnlyMemory<byte>)t.Value.to(ScalarType.Float32).cpu().contiguous().bytes.ToArray())));
    }

    private string PathOf(string key) => Path.Combine(_folder, key[..2], key + ".safetensors");
}
