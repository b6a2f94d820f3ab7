using System.Runtime.InteropServices;
using Gesso.Contracts.Errors;
using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Benchmarks.Flux;

/// <summary>
/// Gives a network weights from a pool, in f32, and remembers its linear layers by name: what is measured beside the network uses the very same
/// matrices. The tensors belong to the dispose scope that is open when the network is built.
/// </summary>
internal sealed class SeededWeights(WeightPool pool) : IWeightProvider
{
    private readonly Dictionary<string, Linear> _linears = [];
    private readonly Dictionary<string, long[]> _shapes = [];

    /// <summary>In the order in which the network asked for them.</summary>
    public IReadOnlyDictionary<string, Linear> Linears => _linears;

    /// <summary>Of all parameters.</summary>
    public IReadOnlyDictionary<string, long[]> Shapes => _shapes;

    public long Elements => _shapes.Values.Sum(shape => shape.Aggregate(1L, (a, b) => a * b));

    public bool Has(string name) => true;

    public Tensor Parameter(string name, long[] shape)
    {
        _shapes.Add(name, shape);
        var tensor = empty(shape, ScalarType.Float32, CPU);
        pool.Fill(name, MemoryMarshal.Cast<byte, float>(tensor.bytes));
        return tensor;
    }

    public ILinear Linear(string name, long inputs, long outputs, bool bias)
    {
        var linear = new Linear(Parameter(name + ".weight", [outputs, inputs]), bias ? Parameter(name + ".bias", [outputs]) : null);
        _linears.Add(name, linear);
        return linear;
    }

    public Embedding Embedding(string name, long entries, long width) => throw GessoException.Bug("no_tables", $"A FLUX transformer has no table {name}.");
}
