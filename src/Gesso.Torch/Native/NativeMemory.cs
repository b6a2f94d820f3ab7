using System.Runtime.InteropServices;

namespace Gesso.Torch.Native;

/// <summary>Settings of the C allocator that libtorch's CPU tensors come from.</summary>
internal static partial class NativeMemory
{
    private const int TrimThreshold = -1; // M_TRIM_THRESHOLD
    private const int MmapMax = -4;       // M_MMAP_MAX

    /// <summary>
    /// Keeps freed tensor memory in the process. By default glibc maps every block above its threshold freshly and unmaps it on free, so each large
    /// tensor pays a page fault per 4 KiB; kept blocks are warm. The process stays at its peak instead of shrinking between pictures.
    /// </summary>
    /// <returns>True when applied: glibc on Linux. Other allocators are left alone.</returns>
    public static bool KeepFreedBlocks()
    {
        if (!OperatingSystem.IsLinux() || GlibcVersion() is null)
            return false;
        return MallOpt(MmapMax, 0) == 1 & MallOpt(TrimThreshold, -1) == 1;
    }

    /// <summary>For example <c>2.36</c>; null on musl and other systems.</summary>
    public static string? GlibcVersion()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        try
        {
            return Marshal.PtrToStringUTF8(GnuGetLibcVersion());
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "gnu_get_libc_version")]
    private static partial nint GnuGetLibcVersion();
}
