using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;

namespace Gesso.Server.Jobs;

/// <summary>How long waiting takes: the device time ahead, shared by the workers there are.</summary>
internal sealed class QueueEstimate(IJobStore store, ModelDirectory models)
{
    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_most = TimeSpan.FromMinutes(10);

    /// <summary>When there may be room again; for Retry-After, so between a second and ten minutes.</summary>
    /// <param name="tenant">Null: of the whole server.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<TimeSpan> SecondsAsync(TenantId? tenant, CancellationToken cancellation)
    {
        var numbers = await store.NumbersAsync(tenant, cancellation).ConfigureAwait(false);
        // the first job to leave makes room: the wait is that of one job, not of all
        double each = numbers.QueuedSeconds / Math.Max(1, numbers.Queued);
        var wait = TimeSpan.FromSeconds(each / await WorkersAsync(cancellation).ConfigureAwait(false));
        return wait < s_least ? s_least : wait > s_most ? s_most : wait;
    }

    /// <summary>Seconds until a job with so much before it starts.</summary>
    public async ValueTask<double> WaitAsync(double secondsAhead, CancellationToken cancellation) =>
        secondsAhead / await WorkersAsync(cancellation).ConfigureAwait(false);

    private async ValueTask<int> WorkersAsync(CancellationToken cancellation) =>
        Math.Max(1, (await models.WorkersAsync(cancellation).ConfigureAwait(false)).Count(w => w.State == WorkerState.Ready));
}
