using Gesso.Platform;
using Gesso.Platform.Workers;

namespace Gesso.Server.Maintenance;

/// <summary>
/// Strikes workers off the register that have not told of themselves for four leases; a worker that was only cut off enters itself again. Judged like leases, by
/// this process's clock.
/// </summary>
internal sealed partial class WorkerChore(IWorkerRegistry workers, TimeProvider time, TimeSpan lease, ILogger<WorkerChore> logger) : IChore
{
    private readonly TimeSpan _patience = 4 * lease;
    private Dictionary<WorkerId, (long Beat, long Since)> _seen = [];
    private long _looked = time.GetTimestamp();

    public string Name => "strike off silent workers";

    /// <summary>Well within a lease, else each look would take the one before it for an outage.</summary>
    public TimeSpan Period { get; } = TimeSpan.FromSeconds(Math.Min(5, lease.TotalSeconds / 2));

    public async Task RunAsync(CancellationToken cancellation)
    {
        var records = await workers.ListAsync(cancellation).ConfigureAwait(false);
        long now = time.GetTimestamp();
        if (time.GetElapsedTime(_looked, now) > lease)
            _seen = [];
        _looked = now;
        Dictionary<WorkerId, (long Beat, long Since)> seen = [];
        foreach (var worker in records)
        {
            var entry = _seen.TryGetValue(worker.Id, out var known) && known.Beat == worker.Beat ? known : (worker.Beat, now);
            seen[worker.Id] = entry;
            if (time.GetElapsedTime(entry.Item2, now) < _patience)
                continue;
            await workers.RemoveAsync(worker.Id, cancellation).ConfigureAwait(false);
            Log.Struck(logger, worker.Id.Value, worker.Host, worker.Device);
        }
        _seen = seen;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Worker} on {Host} ({Device}) is silent and is struck off the register")]
        public static partial void Struck(ILogger logger, string worker, string host, string device);
    }
}
