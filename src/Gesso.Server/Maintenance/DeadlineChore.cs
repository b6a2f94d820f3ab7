using Gesso.Platform.Jobs;

namespace Gesso.Server.Maintenance;

/// <summary>Ends jobs that were not done in time.</summary>
internal sealed class DeadlineChore(IJobStore jobs, MaintenanceMeter meter, TimeProvider time) : IChore
{
    public string Name => "end jobs at their deadline";

    public TimeSpan Period { get; } = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken cancellation)
    {
        var expired = await jobs.ExpireDeadlinesAsync(time.GetUtcNow(), cancellation).ConfigureAwait(false);
        if (expired.Count > 0)
            meter.DeadlinesExpired.Add(expired.Count);
    }
}
