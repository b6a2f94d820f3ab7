using System.Diagnostics.Metrics;

namespace Gesso.Server.Maintenance;

/// <summary>What the chores of this server did.</summary>
internal sealed class MaintenanceMeter
{
    public MaintenanceMeter(IMeterFactory meters)
    {
        var meter = meters.Create("Gesso.Server.Maintenance");
        LeasesExpired = meter.CreateCounter<long>("gesso_lease_expired_total", description: "Jobs taken from workers that fell silent.");
        DeadlinesExpired = meter.CreateCounter<long>("gesso_deadline_expired_total", description: "Jobs that were not done in time.");
        JobsRemoved = meter.CreateCounter<long>("gesso_jobs_removed_total", description: "Finished jobs forgotten because of their age.");
        FilesRemoved = meter.CreateCounter<long>("gesso_files_removed_total", description: "Files deleted because nothing refers to them.");
        FileBytesRemoved = meter.CreateCounter<long>("gesso_file_bytes_removed_total", description: "Bytes of files deleted because nothing refers to them.");
    }

    public Counter<long> LeasesExpired { get; }

    public Counter<long> DeadlinesExpired { get; }

    public Counter<long> JobsRemoved { get; }

    public Counter<long> FilesRemoved { get; }

    public Counter<long> FileBytesRemoved { get; }
}
