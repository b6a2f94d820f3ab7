using static TorchSharp.torch;

namespace Gesso.Torch.Layers;

/// <summary>
/// y = x·Wᵀ + b, whatever W is stored as. Networks are given their linear layers, so that storage (dense, quantised) and
/// side branches (adapters) are decided outside of them.
/// </summary>
public interface ILinear
{
    long Inputs { get; }

    long Outputs { get; }

    /// <param name="x">[…, Inputs]</param>
    /// <returns>[…, Outputs] in the type of <paramref name="x"/>.</returns>
    Tensor Forward(Tensor x);
}
