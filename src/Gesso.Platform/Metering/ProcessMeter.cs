using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Gesso.Platform.Metering;

/// <summary>Memory, processor and garbage collection of this process, under the names that Prometheus' own clients use.</summary>
public sealed class ProcessMeter
{
    public const string MeterName = "Gesso.Process";

    /// <param name="meter">Named <see cref="MeterName"/>; it lives as long as the process is to be told of.</param>
    public ProcessMeter(Meter meter)
    {
        ArgumentNullException.ThrowIfNull(meter);
        var process = Process.GetCurrentProcess();
        double started = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
        meter.CreateObservableGauge("process_resident_memory_bytes", () => Environment.WorkingSet, description: "Resident memory of the process.");
        meter.CreateObservableCounter("process_cpu_seconds_total", () => Environment.CpuUsage.TotalTime.TotalSeconds, description: "Processor time of the process.");
        meter.CreateObservableGauge("process_start_time_seconds", () => started, description: "When the process started, in seconds since 1970.");
        if (OperatingSystem.IsLinux())
            meter.CreateObservableGauge("process_open_fds", OpenFiles, description: "Open file descriptors of the process.");
        meter.CreateObservableCounter("dotnet_gc_collections_total", Collections, description: "Garbage collections by generation.");
        meter.CreateObservableGauge("dotnet_gc_heap_bytes", () => GC.GetGCMemoryInfo().HeapSizeBytes, description: "Managed heap after the last collection.");
        meter.CreateObservableCounter(
            "dotnet_gc_pause_seconds_total", () => GC.GetTotalPauseDuration().TotalSeconds, description: "Time the process stood still for collections.");
        meter.CreateObservableGauge("dotnet_threadpool_threads", () => ThreadPool.ThreadCount, description: "Threads of the pool.");
        meter.CreateObservableGauge("dotnet_threadpool_queue_length", () => ThreadPool.PendingWorkItemCount, description: "Work items waiting for a thread.");
    }

    private static int OpenFiles() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();

    private static IEnumerable<Measurement<int>> Collections() =>
        Enumerable.Range(0, GC.MaxGeneration + 1).Select(g => new Measurement<int>(GC.CollectionCount(g), new KeyValuePair<string, object?>("generation", g)));
}
