using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Adapters;

/// <summary>What a parameter becomes: its loaded values plus a difference, or other values.</summary>
/// <param name="Values">[n] in f32 on the CPU.</param>
/// <param name="IsDifference">False: <paramref name="Values"/> are what the parameter is at strength 1.</param>
public sealed record ParameterChange(Tensor Values, bool IsDifference)
{
    /// <param name="loaded">The parameter as loaded, in f32 on the CPU.</param>
    /// <param name="strength">1: as trained.</param>
    internal Tensor Difference(Tensor loaded, double strength) => (IsDifference ? Values : Values - loaded) * strength;
}

/// <summary>The part of an adapter that belongs to one network, its tensors on the device in the compute type, ready to be put on and taken off.</summary>
public sealed class AdapterPart : IDisposable
{
    private readonly List<(string Layer, IWeightBranch Branch)> _branches = [];
    private readonly List<(string Parameter, ParameterChange Change)> _changes = [];
    private readonly List<Tensor> _tensors = [];

    public IReadOnlyList<(string Layer, IWeightBranch Branch)> Branches => _branches;

    public IReadOnlyList<(string Parameter, ParameterChange Change)> Changes => _changes;

    /// <summary>Bytes on the device.</summary>
    public long ResidentBytes => _tensors.Sum(t => t.NumberOfElements * t.ElementSize);

    /// <summary>Puts adapters on a network in place of those that are on it; nothing is computed but what small parameters become.</summary>
    public static void Put(NetworkLayers layers, IReadOnlyList<(AdapterPart Part, double Strength)> parts)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(parts);
        layers.Clear();
        foreach (var layer in parts.SelectMany(p => p.Part._branches.Select(b => (b.Layer, b.Branch, p.Strength))).GroupBy(b => b.Layer))
            layers.Linears[layer.Key].Branches = [.. layer.Select(b => new AttachedBranch(b.Branch, b.Strength))];
        foreach (var parameter in parts.SelectMany(p => p.Part._changes.Select(c => (c.Parameter, c.Change, p.Strength))).GroupBy(c => c.Parameter))
        {
            using var scope = NewDisposeScope();
            var adapted = layers.Parameters[parameter.Key];
            var loaded = adapted.Value.to(ScalarType.Float32).cpu();
            adapted.Change(parameter.Select(c => c.Change.Difference(loaded, c.Strength)).Aggregate((a, b) => a + b));
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors)
            tensor.Dispose();
        _tensors.Clear();
    }

    internal void Add(string layer, IWeightBranch branch) => _branches.Add((layer, branch));

    internal void Add(string parameter, ParameterChange change) => _changes.Add((parameter, change));

    /// <summary>Takes a tensor over, out of every scope.</summary>
    internal Tensor Keep(Tensor tensor)
    {
        tensor.DetachFromDisposeScope();
        _tensors.Add(tensor);
        return tensor;
    }
}
