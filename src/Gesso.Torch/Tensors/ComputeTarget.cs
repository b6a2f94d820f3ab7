using static TorchSharp.torch;

namespace Gesso.Torch.Tensors;

/// <summary>Where and in which floating-point type a network computes.</summary>
/// <param name="Device">The device of activations and parameters.</param>
/// <param name="Type">Float32 on CPU (bf16 products are 2 to 11 times slower there: docs/decisions/0003), BFloat16 on GPUs.</param>
public sealed record ComputeTarget(Device Device, ScalarType Type)
{
    public static ComputeTarget Cpu { get; } = new(CPU, ScalarType.Float32);

    public static ComputeTarget Cuda(int index = 0) => new(new Device(TorchSharp.DeviceType.CUDA, index), ScalarType.BFloat16);

    public bool IsCpu => Device.type == TorchSharp.DeviceType.CPU;
}
