using Gesso.Formats;
using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Testing;

/// <summary>Names and shapes of a network's parameters, found by running its constructor; and random weights of these shapes.</summary>
public sealed class ParameterList : IWeightProvider
{
    private readonly Dictionary<string, long[]> _shapes = [];

    private ParameterList()
    {
    }

    public static IReadOnlyDictionary<string, long[]> Of(Func<WeightScope, object> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        using var scope = NewDisposeScope();
        var list = new ParameterList();
        build(new WeightScope(list));
        return list._shapes;
    }

    /// <summary>Every parameter under its canonical name: matrices and kernels scaled by their inputs, norms around 1, biases around 0.</summary>
    public static FileContent Random(Func<WeightScope, object> build, int seed = 0)
    {
        var content = new FileContent();
        foreach (var (name, shape) in Of(build))
        {
            long inputs = shape.Skip(1).Aggregate(1L, (a, b) => a * b);
            bool bias = name.EndsWith(".bias", StringComparison.Ordinal);
            float[] values = RandomValues.Normal(
                RandomValues.Seed(name) ^ seed, inputs * shape[0], shape.Length == 1 ? 0.1 : 1 / Math.Sqrt(inputs), shape.Length == 1 && !bias ? 1 : 0);
            content.Add(name, StorageType.F32, shape, values);
        }
        return content;
    }

    public Tensor Parameter(string name, long[] shape)
    {
        _shapes.Add(name, shape);
        return zeros(shape);
    }

    public ILinear Linear(string name, long inputs, long outputs, bool bias)
    {
        var weight = Parameter(name + ".weight", [outputs, inputs]);
        return new Linear(weight, bias ? Parameter(name + ".bias", [outputs]) : null);
    }

    public Embedding Embedding(string name, long entries, long width)
    {
        _shapes.Add(name + ".weight", [entries, width]);
        return new Embedding(new WeightView(name, [entries, width], []), CPU, ScalarType.Float32);
    }

    public bool Has(string name) => false;
}
