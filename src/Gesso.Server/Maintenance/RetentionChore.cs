using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Server.Hosting;

namespace Gesso.Server.Maintenance;

/// <summary>
/// Forgets what is older than the configuration keeps: finished jobs, uploads, progress of jobs long over. In small steps, so that nobody waits behind them.
/// </summary>
internal sealed class RetentionChore(
    IJobStore jobs, IAssetCatalog catalog, IProgressBus progress, MaintenanceMeter meter, ServerOptions options, TimeProvider time) : IChore
{
    private const int Step = 500;
    private static readonly TimeSpan ProgressAge = TimeSpan.FromHours(1);

    public string Name => "remove what is past its time";

    public TimeSpan Period { get; } = TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        int removed;
        do
        {
            removed = await jobs.RemoveFinishedAsync(now - options.Retention.Jobs, Step, cancellation).ConfigureAwait(false);
            meter.JobsRemoved.Add(removed);
        }
        while (removed == Step);
        _ = await catalog.RemoveExpiredUploadsAsync(now, cancellation).ConfigureAwait(false);
        await progress.RemoveAsync([], now - ProgressAge, cancellation).ConfigureAwait(false);
    }
}
