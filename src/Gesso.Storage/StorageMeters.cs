using System.Diagnostics.Metrics;

namespace Gesso.Storage;

/// <summary>What the stores measure.</summary>
public static class StorageMeters
{
    public const string Name = "Gesso.Storage";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Commits = Meter.CreateHistogram<double>("gesso_store_commit_seconds", "s", "Time of one group commit, its statements included.");

    internal static void Commit(TimeSpan elapsed) => Commits.Record(elapsed.TotalSeconds);
}
