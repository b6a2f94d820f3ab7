using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Gesso.Torch.Native;

/// <summary>The processor.</summary>
/// <param name="Model">The maker's name, for example <c>AMD EPYC 9554 64-Core Processor</c>.</param>
/// <param name="UsableProcessors">Hardware threads this process may use (affinity and cgroup quota counted).</param>
/// <param name="Threads">Threads <see cref="LibTorch.Load"/> uses by default.</param>
/// <param name="Features">Vector features that decide the speed of libtorch, by their usual names: AVX2, FMA, AVX512F, AVX512_BF16, AMX_BF16, NEON …</param>
public sealed record CpuSurvey(string Model, int UsableProcessors, int Threads, IReadOnlyList<string> Features)
{
    /// <param name="cpuInfo">The text of /proc/cpuinfo, null where there is none.</param>
    internal static CpuSurvey Take(string? cpuInfo) =>
        new(
            BrandString() ?? Field(cpuInfo, "model name") ?? $"{RuntimeInformation.ProcessArchitecture}",
            Environment.ProcessorCount,
            CpuCores.Usable(),
            FindFeatures(cpuInfo));

    /// <summary>The first value of a field of /proc/cpuinfo.</summary>
    internal static string? Field(string? cpuInfo, string name)
    {
        foreach (string line in (cpuInfo ?? "").Split('\n'))
        {
            int colon = line.IndexOf(':');
            if (colon > 0 && line[..colon].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                return line[(colon + 1)..].Trim() is { Length: > 0 } value ? value : null;
        }
        return null;
    }

    private static List<string> FindFeatures(string? cpuInfo)
    {
        List<string> found = [];
        void Add(bool supported, string name)
        {
            if (supported)
                found.Add(name);
        }

        Add(Avx2.IsSupported, "AVX2");
        Add(Fma.IsSupported, "FMA");
        Add(AvxVnni.IsSupported, "AVX_VNNI");
        Add(Avx512F.IsSupported, "AVX512F");
        Add(Avx512BW.IsSupported, "AVX512BW");
        Add(Avx512Vbmi.IsSupported, "AVX512VBMI");
        Add(AdvSimd.IsSupported, "NEON");
        Add(Dp.IsSupported, "DOTPROD");
        // the runtime has no class for these; Linux lists them only when it also saves their registers
        HashSet<string> flags = [.. (Field(cpuInfo, "flags") ?? Field(cpuInfo, "Features") ?? "").Split(' ')];
        foreach (string flag in new[] { "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16", "bf16", "sve" })
            Add(flags.Contains(flag), flag.ToUpperInvariant());
        return found;
    }

    // Intel SDM vol. 2A, CPUID: leaves 0x80000002 … 4 hold 48 characters
    private static string? BrandString()
    {
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < 0x80000004)
            return null;
        Span<int> words = stackalloc int[12];
        for (int leaf = 0; leaf < 3; leaf++)
            (words[leaf * 4], words[(leaf * 4) + 1], words[(leaf * 4) + 2], words[(leaf * 4) + 3]) = X86Base.CpuId(unchecked((int)0x80000002) + leaf, 0);
        string name = Encoding.ASCII.GetString(MemoryMarshal.AsBytes(words)).Trim('\0', ' ');
        return name.Length > 0 ? name : null;
    }
}
