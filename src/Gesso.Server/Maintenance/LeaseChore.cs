using Gesso.Platform.Jobs;

namespace Gesso.Server.Maintenance;

/// <summary>
/// Takes jobs from workers that fell silent. When the store itself was away nobody could renew, so the watch starts anew: workers get a whole lease to be heard
/// again, and what they are drawing is kept.
/// </summary>
internal sealed partial class LeaseChore(IJobStore jobs, MaintenanceMeter meter, TimeProvider time, TimeSpan lease, ILogger<LeaseChore> logger) : IChore
{
    private LeaseWatch _watch = new(time, lease);
    private long _looked = time.GetTimestamp();

    public string Name => "watch leases";

    /// <summary>Well within half a lease, else each look would take the one before it for an outage.</summary>
    public TimeSpan Period { get; } = TimeSpan.FromSeconds(Math.Min(1, lease.TotalSeconds / 5));

    public async Task RunAsync(CancellationToken cancellation)
    {
        var running = await jobs.RunningAsync(cancellation).ConfigureAwait(false);
        // looks fail while the store is away, and stop while this process is suspended
        if (time.GetElapsedTime(_looked) > lease / 2)
            _watch = new LeaseWatch(time, lease);
        _looked = time.GetTimestamp();
        foreach (var job in _watch.Look(running))
        {
            if (!await jobs.ExpireAsync(job, time.GetUtcNow(), cancellation).ConfigureAwait(false))
                continue;
            meter.LeasesExpired.Add(1);
            Log.Expired(logger, job.Attempt.Job.Value, job.Attempt.Number, job.Worker.Value);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Job}, attempt {Attempt}: {Worker} fell silent, the job is taken from it")]
        public static partial void Expired(ILogger logger, string job, int attempt, string worker);
    }
}
