using Gesso.Torch.Layers;
using static TorchSharp.torch;

namespace Gesso.Torch.Weights;

/// <summary>Where parameters come from: a checkpoint (inference) or an initialiser (training from scratch).</summary>
public interface IWeightProvider
{
    /// <summary>A parameter by its canonical name, in the compute type on the compute device.</summary>
    Tensor Parameter(string name, long[] shape);

    /// <summary>A linear layer by the canonical name of its weight without <c>.weight</c>.</summary>
    ILinear Linear(string name, long inputs, long outputs, bool bias);

    /// <summary>A table of vectors by the canonical name of its weight without <c>.weight</c>.</summary>
    Embedding Embedding(string name, long entries, long width);

    bool Has(string name);
}

/// <summary>A place in the tree of canonical names (<c>double_blocks.0.img_attn</c>) from which a module takes its parameters.</summary>
public sealed class WeightScope(IWeightProvider provider, string prefix = "")
{
    public WeightScope this[string name] => new(provider, Full(name));

    public WeightScope this[int index] => this[index.ToString()];

    public Tensor Parameter(string name, params long[] shape) => provider.Parameter(Full(name), shape);

    public ILinear Linear(string name, long inputs, long outputs, bool bias = true) => provider.Linear(Full(name), inputs, outputs, bias);

    public Embedding Embedding(string name, long entries, long width) => provider.Embedding(Full(name), entries, width);

    /// <summary>Whether the source has this parameter; only for parts that are optional in the architecture.</summary>
    public bool Has(string name) => provider.Has(Full(name));

    private string Full(string name) => prefix.Length == 0 ? name : $"{prefix}.{name}";
}
