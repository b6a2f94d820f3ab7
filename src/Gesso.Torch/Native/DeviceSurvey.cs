using System.Runtime.InteropServices;

namespace Gesso.Torch.Native;

/// <summary>What this machine offers a diffusion model, as plain data; loads neither libtorch nor a driver. Printed by <c>gesso doctor</c>.</summary>
/// <param name="OperatingSystem">For example <c>Debian GNU/Linux 12 (bookworm)</c>.</param>
/// <param name="Rid">For example <c>linux-x64</c>.</param>
/// <param name="Cuda">The CUDA devices the driver's own tool lists; empty without one.</param>
/// <param name="CudaNote">Why <paramref name="Cuda"/> is empty, else null.</param>
/// <param name="Glibc">For example <c>2.36</c>; null on systems without glibc.</param>
/// <param name="LibStdCxx">The newest GLIBCXX version of the system's libstdc++, for example <c>3.4.30</c>; null when none was found.</param>
/// <param name="Disks">The cache's disk first, then the folder asked for.</param>
public sealed record DeviceSurvey(
    string OperatingSystem,
    string Rid,
    CpuSurvey Cpu,
    MemorySurvey Memory,
    IReadOnlyList<CudaDevice> Cuda,
    string? CudaNote,
    Version? Glibc,
    Version? LibStdCxx,
    IReadOnlyList<DiskSurvey> Disks)
{
    /// <summary>Looks at the machine; takes at most the two seconds granted to the driver's tool. Never throws for something missing.</summary>
    /// <param name="cacheFolder">As <see cref="TorchOptions.CacheFolder"/>.</param>
    /// <param name="folder">Another folder whose free space matters, such as the model library.</param>
    public static DeviceSurvey Survey(string? cacheFolder = null, string? folder = null)
    {
        NativeHost host = NativeHost.Current();
        string cache = CacheFolder.Resolve(cacheFolder, host);
        (IReadOnlyList<CudaDevice> cuda, string? note) = CudaSurvey.Take(CudaSurvey.Tool, CudaSurvey.Patience);
        return new DeviceSurvey(
            host.ReadText("/etc/os-release") is { } release && OsName(release) is { } name ? name : RuntimeInformation.OSDescription,
            host.Rid,
            CpuSurvey.Take(host.ReadText("/proc/cpuinfo")),
            MemorySurvey.Take("/"),
            cuda,
            note,
            Version.TryParse(NativeMemory.GlibcVersion(), out Version? glibc) ? glibc : null,
            LibStdCxxVersion.OfSystem(),
            folder is null ? [DiskSurvey.Take(cache)] : [DiskSurvey.Take(cache), DiskSurvey.Take(folder)]);
    }

    internal static string? OsName(string release)
    {
        string? line = release.Split('\n').FirstOrDefault(text => text.StartsWith("PRETTY_NAME=", StringComparison.Ordinal));
        return line?["PRETTY_NAME=".Length..].Trim().Trim('"', '\'') is { Length: > 0 } name ? name : null;
    }
}
