using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Torch.Layers;

/// <summary>A linear layer whose weight is held in the compute type.</summary>
/// <param name="weight">[Outputs, Inputs]</param>
/// <param name="bias">[Outputs] or null.</param>
public sealed class Linear(Tensor weight, Tensor? bias) : ILinear
{
    public Tensor Weight { get; } = weight;

    public Tensor? Bias { get; } = bias;

    public long Inputs { get; } = weight.shape[1];

    public long Outputs { get; } = weight.shape[0];

    public Tensor Forward(Tensor x)
    {
        if (x.shape[^1] != Inputs)
            Check.Shape(x, $"input of a linear layer {Inputs}→{Outputs}", [.. x.shape[..^1], Inputs]);
        return nn.functional.linear(x, Weight, Bias);
    }

    public Tensor DenseWeight() => Weight.dtype == ScalarType.Float32 ? Weight.detach() : Weight.detach().to(ScalarType.Float32);
}
