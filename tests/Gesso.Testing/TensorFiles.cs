using System.Runtime.InteropServices;
using Gesso.Formats.Decoding;
using Gesso.Formats.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Testing;

/// <summary>Reference tensors of a case, read as f32 (or as integers where they are ids).</summary>
public sealed class ReferenceTensors : IDisposable
{
    private readonly SafetensorsFile _file;

    public ReferenceTensors(string path) => _file = SafetensorsFile.Open(path);

    public IEnumerable<string> Names => _file.Tensors.Keys;

    public bool Contains(string name) => _file.Tensors.ContainsKey(name);

    public Tensor Get(string name)
    {
        var stored = _file.Tensors[name];
        var tensor = empty([.. stored.Shape], ScalarType.Float32);
        TensorDecoder.Decode(stored.Type, _file.Bytes(stored), MemoryMarshal.Cast<byte, float>(tensor.bytes));
        return tensor;
    }

    public long[] Integers(string name) => MemoryMarshal.Cast<byte, long>(_file.Bytes(_file.Tensors[name])).ToArray();

    public void Dispose() => _file.Dispose();
}

/// <summary>max |a − b| against tolerance · max(1, max |reference|).</summary>
public static class TensorComparison
{
    /// <returns>Null when equal within the tolerance, else a sentence.</returns>
    public static string? Difference(string name, Tensor actual, Tensor reference, double tolerance)
    {
        using var scope = NewDisposeScope();
        if (!actual.shape.SequenceEqual(reference.shape))
        {
            if (actual.NumberOfElements != reference.NumberOfElements)
                return $"{name}: shape [{string.Join(",", actual.shape)}], reference [{string.Join(",", reference.shape)}]";
            actual = actual.reshape(reference.shape);
        }
        if (actual.NumberOfElements == 0)
            return null;
        actual = actual.to(ScalarType.Float32).cpu();
        double difference = (actual - reference).abs().max().item<float>();
        double bound = tolerance * Math.Max(1, reference.abs().max().item<float>());
        return difference <= bound ? null : $"{name}: differs by {difference:E2}, allowed {bound:E2}";
    }
}
