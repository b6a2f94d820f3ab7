using System.Runtime.InteropServices;
using Gesso.Formats;
using Gesso.Formats.Encoding;
using Gesso.Formats.Safetensors;
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

    /// <summary>The layer with other values, held in 16 bits in memory: in f16 where it was f16, else in bf16, since small changes would be lost in fewer bits.</summary>
    /// <param name="merged">[Outputs, Inputs] in f32 on the CPU.</param>
    internal CompactLinear With(Tensor merged)
    {
        Check.Shape(merged, "merged weight", Outputs, Inputs);
        var type = Weight.Parts.All(p => p.Tensor.Type == StorageType.F16) ? StorageType.F16 : StorageType.BF16;
        byte[] bytes = TensorEncoder.Encode(type, MemoryMarshal.Cast<byte, float>(merged.bytes));
        var file = SafetensorsFile.Read(SafetensorsWriter.ToBytes([(new TensorDeclaration(Weight.Name, type, Weight.Shape), bytes)]), $"{Weight.Name} (merged)");
        var tensor = file.Tensors[Weight.Name];
        return new CompactLinear(new WeightView(Weight.Name, Weight.Shape, [WeightView.Whole(file, tensor, [])]) { IsInMemory = true }, Bias);
    }
}
