using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gesso.Torch.Native;

namespace Gesso.Benchmarks.Reporting;

/// <summary>What the numbers were taken on.</summary>
internal sealed record MachineFacts
{
    /// <summary>UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    public required string Processor { get; init; }

    /// <summary>Logical processors this process may use.</summary>
    public required int Processors { get; init; }

    /// <summary>Widest vectors of the processor in bits.</summary>
    public required int VectorBits { get; init; }

    public required double MemoryGigabytes { get; init; }

    public required string Platform { get; init; }

    public required string DotNet { get; init; }

    /// <summary>Version and commit of the code measured.</summary>
    public required string Version { get; init; }

    public string LibTorchVersion { get; init; } = "";

    public int Threads { get; init; }

    /// <summary>Runnable tasks of the whole machine averaged over a minute; null where the system does not tell. Above a few tenths before a run, others were at work.</summary>
    public required double? LoadBefore { get; init; }

    public double? LoadAfter { get; init; }

    public static MachineFacts Before() => new()
    {
        Started = TimeProvider.System.GetUtcNow(),
        Processor = ProcessorName(),
        Processors = Environment.ProcessorCount,
        VectorBits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128,
        MemoryGigabytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9,
        Platform = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}",
        DotNet = RuntimeInformation.FrameworkDescription,
        Version = typeof(MachineFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
        LoadBefore = LoadAverage(),
    };

    public MachineFacts After(int? threads)
    {
        var runtime = LibTorch.Load(new TorchOptions { Threads = threads, PreferCuda = false });
        return this with
        {
            LibTorchVersion = $"{runtime.LibTorchVersion} (TorchSharp {runtime.TorchSharpVersion})",
            Threads = runtime.Threads,
            LoadAfter = LoadAverage(),
        };
    }

    private static string ProcessorName()
    {
        const string cpuinfo = "/proc/cpuinfo";
        string? line = File.Exists(cpuinfo) ? File.ReadLines(cpuinfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static double? LoadAverage()
    {
        const string loadavg = "/proc/loadavg";
        return File.Exists(loadavg) ? double.Parse(File.ReadAllText(loadavg).Split(' ')[0]) : null;
    }
}
