namespace Gesso.Platform.Jobs;

/// <summary>
/// Finds workers that fell silent: a running job whose beat stood still for the length of a lease on this process's monotonic clock. No time of day is compared,
/// so neither a clock that jumps nor clocks that differ between machines end a lease early or late. Belongs to one loop.
/// </summary>
public sealed class LeaseWatch(TimeProvider time, TimeSpan lease)
{
    /// <summary>How long a silent worker keeps its jobs.</summary>
    public static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(15);

    /// <summary>How often a worker renews.</summary>
    public static readonly TimeSpan DefaultHeartbeat = TimeSpan.FromSeconds(3);

    private Dictionary<JobId, (RunningJob Seen, long Since)> _watched = [];

    /// <param name="running">All running jobs, as just read.</param>
    /// <returns>Those to expire.</returns>
    public IReadOnlyList<RunningJob> Look(IEnumerable<RunningJob> running)
    {
        long now = time.GetTimestamp();
        Dictionary<JobId, (RunningJob Seen, long Since)> watched = [];
        List<RunningJob> silent = [];
        foreach (var job in running)
        {
            var entry = _watched.TryGetValue(job.Attempt.Job, out var known) && known.Seen == job ? known : (job, now);
            watched[job.Attempt.Job] = entry;
            if (time.GetElapsedTime(entry.Item2, now) >= lease)
                silent.Add(job);
        }
        _watched = watched;
        return silent;
    }
}
