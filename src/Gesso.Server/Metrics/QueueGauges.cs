using System.Diagnostics.Metrics;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;
using Gesso.Server.Maintenance;

namespace Gesso.Server.Metrics;

/// <summary>The state of the queue, read from the store now and then. All servers of one store tell the same numbers: take the maximum of them, not the sum.</summary>
internal sealed class QueueGauges : IChore
{
    private readonly PlatformStores _stores;
    private readonly TimeProvider _time;
    private QueueNumbers? _queue;
    private IReadOnlyList<WorkerRecord> _workers = [];

    public QueueGauges(PlatformStores stores, IMeterFactory meters, TimeProvider time)
    {
        (_stores, _time) = (stores, time);
        var meter = meters.Create("Gesso.Server.Queue");
        meter.CreateObservableGauge("gesso_queue_depth", () => Of(q => q.Queued), description: "Jobs waiting.");
        meter.CreateObservableGauge("gesso_jobs_running", () => Of(q => q.Running), description: "Jobs being drawn.");
        meter.CreateObservableGauge("gesso_queue_seconds", () => Of(q => q.QueuedSeconds), description: "Device time of the waiting jobs, as estimated.");
        meter.CreateObservableGauge("gesso_queue_oldest_seconds", () => Of(Oldest), description: "Age of the job that waits longest.");
        meter.CreateObservableGauge("gesso_workers", Workers, description: "Workers on the register, by state.");
    }

    public string Name => "read the numbers of the queue";

    public TimeSpan Period { get; } = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            _queue = await _stores.Jobs.NumbersAsync(null, cancellation).ConfigureAwait(false);
            _workers = await _stores.Workers.ListAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            // numbers that cannot be read are absent, which is an alert of its own; old ones would lie
            _queue = null;
            _workers = [];
            throw;
        }
    }

    /// <summary>Workers as last read.</summary>
    public IReadOnlyList<WorkerRecord> LastWorkers => _workers;

    private IEnumerable<Measurement<double>> Of(Func<QueueNumbers, double> number) => _queue is { } queue ? [new Measurement<double>(number(queue))] : [];

    private double Oldest(QueueNumbers queue) => queue.OldestQueued is { } since ? Math.Max(0, (_time.GetUtcNow() - since).TotalSeconds) : 0;

    private IEnumerable<Measurement<int>> Workers() => _queue is null ? [] : Enum.GetValues<WorkerState>()
        .Select(state => new Measurement<int>(_workers.Count(w => w.State == state), new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant())));
}
