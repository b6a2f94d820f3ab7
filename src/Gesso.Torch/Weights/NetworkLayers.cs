using Gesso.Torch.Layers;
using static TorchSharp.torch;

namespace Gesso.Torch.Weights;

/// <summary>
/// The parts of a loaded network that adapters change, by their canonical names: linear layers by the name of the weight without <c>.weight</c>
/// (<c>double_blocks.0.img_attn.qkv</c>), other parameters (norm scales, biases) by their full name.
/// </summary>
public sealed class NetworkLayers
{
    private readonly Dictionary<string, AdaptedLinear> _linears = [];
    private readonly Dictionary<string, AdaptedParameter> _parameters = [];

    public IReadOnlyDictionary<string, AdaptedLinear> Linears => _linears;

    public IReadOnlyDictionary<string, AdaptedParameter> Parameters => _parameters;

    /// <summary>Takes every branch and difference away.</summary>
    public void Clear()
    {
        foreach (var linear in _linears.Values)
            linear.Branches = [];
        foreach (var parameter in _parameters.Values)
            parameter.Restore();
    }

    /// <summary>Makes every branch and difference part of the weights; only loading the network again undoes it.</summary>
    public void Fold()
    {
        foreach (var linear in _linears.Values)
            linear.Fold();
        foreach (var parameter in _parameters.Values)
            parameter.Fold();
    }

    internal AdaptedLinear Add(string name, ILinear linear) => _linears[name] = new AdaptedLinear(linear);

    internal void Add(string name, Tensor parameter) => _parameters[name] = new AdaptedParameter(parameter);

    /// <summary>Before the parameters themselves are freed.</summary>
    internal void Free()
    {
        foreach (var parameter in _parameters.Values)
            parameter.Dispose();
    }
}
