using System.Diagnostics.Metrics;

namespace Gesso.Storage;

/// <summary>What the stores measure.</summary>
public static class StorageMeters
{
    public const string Name = "Gesso.Storage";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Commits =
        Meter.CreateHistogram<double>("gesso_store_commit_seconds", "s", "Time of one commit to the database, its statements included.");

    private static readonly Histogram<double> Flushes =
        Meter.CreateHistogram<double>("gesso_store_flush_seconds", "s", "Time of bringing the commits of one or more groups to the disk (SQLite).");

    private static readonly Histogram<int> Writes =
        Meter.CreateHistogram<int>("gesso_store_commit_writes", "{write}", "Changes that shared one commit.");

    internal static void Flush(TimeSpan elapsed) => Flushes.Record(elapsed.TotalSeconds);

    internal static void Commit(TimeSpan elapsed, int writes)
    {
        Commits.Record(elapsed.TotalSeconds);
        Writes.Record(writes);
    }
}
