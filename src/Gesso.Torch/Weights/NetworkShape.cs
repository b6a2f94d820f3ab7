using Gesso.Torch.Layers;
using static TorchSharp.torch;

namespace Gesso.Torch.Weights;

/// <param name="Inputs">Width of x.</param>
/// <param name="Outputs">Width of y.</param>
/// <param name="Biased">Whether it has a bias.</param>
public readonly record struct LinearShape(long Inputs, long Outputs, bool Biased);

/// <summary>The names and sizes of a network's layers and parameters, found by running its constructor; no weight is read.</summary>
public sealed class NetworkShape : IWeightProvider
{
    private readonly Dictionary<string, LinearShape> _linears = [];
    private readonly Dictionary<string, long[]> _parameters = [];

    private NetworkShape()
    {
    }

    /// <summary>By the canonical name of the weight without <c>.weight</c>.</summary>
    public IReadOnlyDictionary<string, LinearShape> Linears => _linears;

    /// <summary>Everything else but biases and tables, by the full name.</summary>
    public IReadOnlyDictionary<string, long[]> Parameters => _parameters;

    /// <summary>How many numbers its checkpoint holds; tables of embeddings are not counted.</summary>
    public long Elements => _linears.Values.Sum(l => l.Inputs * l.Outputs + (l.Biased ? l.Outputs : 0)) + _parameters.Values.Sum(p => p.Aggregate(1L, (a, b) => a * b));

    /// <param name="build">The network's constructor.</param>
    public static NetworkShape Of(Func<WeightScope, object> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        using var scope = NewDisposeScope();
        var shape = new NetworkShape();
        build(new WeightScope(shape));
        return shape;
    }

    public Tensor Parameter(string name, long[] shape)
    {
        _parameters.Add(name, shape);
        return empty(0);
    }

    public ILinear Linear(string name, long inputs, long outputs, bool bias)
    {
        _linears.Add(name, new LinearShape(inputs, outputs, bias));
        return new Linear(empty(0, 0), bias ? empty(0) : null);
    }

    public Embedding Embedding(string name, long entries, long width) => new(new WeightView(name, [entries, width], []), CPU, ScalarType.Float32);

    public bool Has(string name) => false;
}
