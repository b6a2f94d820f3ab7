namespace Gesso.Torch.Native;

/// <summary>Whether an NVIDIA driver can be loaded. Without one, loading the CUDA parts of libtorch costs seconds and gigabytes for nothing.</summary>
internal static class CudaDriver
{
    public static bool IsPresent(NativeSystem system) => system switch
    {
        NativeSystem.Linux => NativeLoader.Load("libcuda.so.1") is null,
        NativeSystem.Windows => NativeLoader.Load("nvcuda.dll") is null,
        _ => false,
    };
}
