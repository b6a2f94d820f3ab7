namespace Gesso.Torch.Native;

/// <summary>The libtorch this process runs on.</summary>
/// <param name="LibTorchFolder">Folder libtorch was loaded from.</param>
/// <param name="ShimPath">The TorchSharp native library that was loaded: the package's file or its marked copy.</param>
/// <param name="LibTorchVersion">For example <c>2.10.0</c> or <c>2.10.0+cu128</c>.</param>
/// <param name="TorchSharpVersion">For example <c>0.107.0</c>.</param>
/// <param name="CudaAvailable">True when libtorch itself says that a CUDA device can be used.</param>
/// <param name="CudaDevices">Number of CUDA devices, 0 without CUDA.</param>
/// <param name="Threads">Threads one operator uses on the CPU.</param>
/// <param name="ShimPatched">True when the system's libstdc++ is older than the shim asks for (docs/decisions/0002).</param>
/// <param name="Trace">What was tried, in order; printed by <c>gesso doctor</c>.</param>
public sealed record TorchRuntime(
    string LibTorchFolder,
    string ShimPath,
    string LibTorchVersion,
    string TorchSharpVersion,
    bool CudaAvailable,
    int CudaDevices,
    int Threads,
    bool ShimPatched,
    IReadOnlyList<string> Trace);
