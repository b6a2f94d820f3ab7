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

    /// <summary>[Outputs] or null.</summary>
    Tensor? Bias { get; }

    /// <param name="x">[…, Inputs]</param>
    /// <returns>[…, Outputs] in the type of <paramref name="x"/>, and the caller's alone.</returns>
    Tensor Forward(Tensor x);

    /// <summary>W in f32 as it is multiplied, without branches: [Outputs, Inputs]. The caller disposes it and does not write to it.</summary>
    Tensor DenseWeight();
}
