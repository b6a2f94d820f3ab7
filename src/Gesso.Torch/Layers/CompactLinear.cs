using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Torch.Layers;

/// <summary>
/// A linear layer whose weight stays as stored (bf16, fp8, GGUF blocks) in the memory-mapped file and is decoded to f32 at each use:
/// memory stays at the size of the file; at 1,536 tokens decoding costs a few percent of the product (bench/results).
/// </summary>
/// <param name="weight">[Outputs, Inputs] as stored.</param>
/// <param name="bias">[Outputs] in f32, or null.</param>
public sealed class CompactLinear(WeightView weight, Tensor? bias) : ILinear
{
    public WeightView Weight { get; } = weight;

    public Tensor? Bias { get; } = bias;

    public long Inputs { get; } = weight.Shape[1];

    public long Outputs { get; } = weight.Shape[0];

    public Tensor Forward(Tensor x)
    {
        if (x.shape[^1] != Inputs)
            Check.Shape(x, $"input of a linear layer {Inputs}→{Outputs}", [.. x.shape[..^1], Inputs]);
        using var dense = Weight.Decode();
        return nn.functional.linear(x, dense, Bias);
    }

    public Tensor DenseWeight() => Weight.Decode();
}
