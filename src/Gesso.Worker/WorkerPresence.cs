using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Metering;
using Gesso.Platform.Workers;
using Microsoft.Extensions.Logging;

namespace Gesso.Worker;

/// <summary>What the worker tells of itself, renewed with every heartbeat; a database that is away for a while does no harm.</summary>
internal sealed partial class WorkerPresence(WorkerOptions options, PlatformStores stores, AdapterCatalog adapters, MetricsCollector metrics, TimeProvider time, ILogger logger)
{
    private volatile WorkerState _state = WorkerState.Starting;
    private volatile string? _resident;

    /// <summary>Models that can be drawn with.</summary>
    public IReadOnlyList<string> Models { get; set; } = [];

    /// <summary>Those that cannot, and why.</summary>
    public Dictionary<string, string> BadModels { get; } = [];

    public WorkerState State
    {
        get => _state;
        set => _state = value;
    }

    public string? Resident
    {
        get => _resident;
        set => _resident = value;
    }

    public async Task KeepAsync(CancellationToken ended)
    {
        using var timer = new PeriodicTimer(options.Heartbeat, time);
        do
        {
            await TellAsync().ConfigureAwait(false);
        }
        while (await WaitAsync(timer, ended).ConfigureAwait(false));
    }

    public async Task TellAsync()
    {
        try
        {
            await stores.Workers.SaveAsync(new WorkerRecord
            {
                Id = options.Id,
                Host = Environment.MachineName,
                ProcessId = Environment.ProcessId,
                Device = options.Device,
                Models = Models,
                Resident = Resident,
                State = State,
                Seen = time.GetUtcNow(),
                BadModels = BadModels.ToDictionary(),
                Adapters = adapters.Look(),
                Metrics = metrics.Read(),
            }).ConfigureAwait(false);
        }
        catch (GessoException e)
        {
            Log.NotTold(logger, e);
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken ended)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ended).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The heartbeat could not be stored")]
        public static partial void NotTold(ILogger logger, Exception exception);
    }
}
