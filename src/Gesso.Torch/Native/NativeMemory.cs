using System.Runtime.InteropServices;

namespace Gesso.Torch.Native;

/// <summary>
/// Settings of glibc's allocator, where libtorch's CPU tensors come from; other systems are left alone. The figures behind each choice are in
/// docs/decisions/0002.
/// </summary>
public static partial class NativeMemory
{
    private const int TrimThreshold = -1; // M_TRIM_THRESHOLD of malloc.h
    private const int MmapThreshold = -3; // M_MMAP_THRESHOLD
    private const int MmapThresholdMaximum = 32 << 20; // larger values are refused on 64-bit systems

    /// <summary>
    /// Gives freed tensor memory back to the system: call it after each picture. glibc before 2.38 cannot reuse an aligned block it has freed
    /// when small blocks moved in beside it, so without this the process grows with every picture. Costs 1 to 5 ms.
    /// </summary>
    /// <returns>True when memory went back; false also on systems without glibc.</returns>
    public static bool ReturnFreed() => GlibcVersion() is not null && MallocTrim(0) == 1;

    /// <summary>
    /// Must run before libtorch is loaded. Blocks up to 32 MiB stay in the process while a picture is made (no page faults for memory just freed),
    /// larger ones return at once, and libtorch is asked to put blocks of 2 MiB and more on huge pages: one fault in place of 512, and no gaps
    /// that small blocks could settle in.
    /// </summary>
    /// <returns>True when applied.</returns>
    internal static bool Configure()
    {
        if (GlibcVersion() is null)
            return false;
        // read by c10 at its first allocation
        return NativeVariable.SetIfAbsent("THP_MEM_ALLOC_ENABLE", "1") & MallOpt(MmapThreshold, MmapThresholdMaximum) == 1 & MallOpt(TrimThreshold, -1) == 1;
    }

    /// <summary>For example <c>2.36</c>; null on musl and other systems.</summary>
    internal static string? GlibcVersion()
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

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);

    [LibraryImport("libc", EntryPoint = "gnu_get_libc_version")]
    private static partial nint GnuGetLibcVersion();
}
