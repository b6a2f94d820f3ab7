using System.Diagnostics.Metrics;
using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Metering;
using Gesso.Platform.Workers;
using Microsoft.Extensions.Logging;

namespace Gesso.Worker;

/// <summary>A worker process from start to end.</summary>
public static partial class WorkerProgram
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    /// <param name="options">What it is told.</param>
    /// <param name="stores">Open; the caller disposes them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="stopping">Cancelled: save what is on the way, give it back, end.</param>
    /// <returns>0, or <see cref="WorkerOptions.NothingToDo"/>.</returns>
    public static async Task<int> RunAsync(WorkerOptions options, PlatformStores stores, TimeProvider time, ILoggerFactory loggers, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(stores);
        var logger = loggers.CreateLogger("Gesso.Worker");
        stores = stores with { Jobs = new MeteredJobStore(stores.Jobs, time) };
        using var metrics = new MetricsCollector();
        using var meter = new Meter(ProcessMeter.MeterName);
        _ = new ProcessMeter(meter);
        using var place = options.Slot is { } slot ? await TakeSlotAsync(options, slot, time, stopping).ConfigureAwait(false) : null;
        if (options.Slot is not null && place is null)
        {
            Log.SlotTaken(logger, options.Slot.Value);
            return WorkerOptions.NothingToDo;
        }
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var orphaned = options.Slot is null ? Task.CompletedTask : EndWhenOrphanedAsync(options, time, ending, logger);
        using var device = new DeviceThread();
        var shelf = new EngineShelf(options);
        var presence = new WorkerPresence(options, stores, shelf.Adapters, metrics, time, logger);
        var speed = new ModelSpeed(stores, logger);
        using var gone = new CancellationTokenSource();
        var heartbeat = presence.KeepAsync(gone.Token);
        try
        {
            if (!await OpenModelsAsync(options, stores, device, shelf, presence, speed, logger).ConfigureAwait(false))
                return WorkerOptions.NothingToDo;
            presence.State = WorkerState.Ready;
            await presence.TellAsync().ConfigureAwait(false);
            string models = string.Join(", ", presence.Models);
            Log.Ready(logger, options.Id.Value, options.Device, models);
            using var draining = ending.Token.Register(() => presence.State = WorkerState.Draining);
            await new WorkerLoop(options, stores, device, shelf, presence, speed, time, logger).RunAsync(ending.Token).ConfigureAwait(false);
            return 0;
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await gone.CancelAsync().ConfigureAwait(false);
            await heartbeat.ConfigureAwait(false);
            await orphaned.ConfigureAwait(false);
            await ForgetAsync(options, stores, logger).ConfigureAwait(false);
            await device.RunAsync(shelf.Dispose).ConfigureAwait(false);
        }
    }

    /// <summary>Looks at every model's files; those that can be used are served, the others told of with their reason.</summary>
    private static async Task<bool> OpenModelsAsync(
        WorkerOptions options, PlatformStores stores, DeviceThread device, EngineShelf shelf, WorkerPresence presence, ModelSpeed speed, ILogger logger)
    {
        List<string> good = [];
        var known = await stores.Workers.ModelsAsync().ConfigureAwait(false);
        foreach (string name in options.Models.Keys)
        {
            try
            {
                var card = await device.RunAsync(() => shelf.Inspect(name)).ConfigureAwait(false);
                await speed.TellAsync(new ModelFacts(name, card, null), known).ConfigureAwait(false);
                good.Add(name);
            }
            catch (GessoException e) when (e.Code is "no_cuda" or "libtorch_not_found" or "libtorch_failed")
            {
                Log.NoDevice(logger, options.Device, e.Message);
                return false;
            }
            catch (GessoException e)
            {
                Log.BadModel(logger, name, e.Message);
                presence.BadModels[name] = e.Message;
            }
        }
        presence.Models = good;
        return options.Models.Count > 0;
    }

    private static async Task<FileLock?> TakeSlotAsync(WorkerOptions options, int slot, TimeProvider time, CancellationToken stopping)
    {
        long since = time.GetTimestamp();
        while (true)
        {
            if (FileLock.TryTake(options.Folder.WorkerLock(slot)) is { } place)
            {
                new SlotTicket(options.Id.Value, Environment.ProcessId, SlotTicket.ThisVersion).Write(options.Folder.WorkerTicket(slot));
                return place;
            }
            if (stopping.IsCancellationRequested || time.GetElapsedTime(since) > LockPatience)
                return null;
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task EndWhenOrphanedAsync(WorkerOptions options, TimeProvider time, CancellationTokenSource ending, ILogger logger)
    {
        await new ServerWatch(options.Folder, options.OrphanPatience, time).OrphanedAsync(ending.Token).ConfigureAwait(false);
        if (!ending.IsCancellationRequested)
        {
            Log.Orphaned(logger, options.OrphanPatience.TotalSeconds);
            await ending.CancelAsync().ConfigureAwait(false);
        }
    }

    private static async Task ForgetAsync(WorkerOptions options, PlatformStores stores, ILogger logger)
    {
        try
        {
            await stores.Workers.RemoveAsync(options.Id).ConfigureAwait(false);
        }
        catch (GessoException e)
        {
            Log.NotForgotten(logger, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Worker} draws on {Device}: {Models}")]
        public static partial void Ready(ILogger logger, string worker, string device, string models);

        [LoggerMessage(Level = LogLevel.Error, Message = "Model {Model} cannot be used: {Reason}")]
        public static partial void BadModel(ILogger logger, string model, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "This worker cannot compute on {Device}: {Reason}")]
        public static partial void NoDevice(ILogger logger, string device, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "Slot {Slot} is held by another worker")]
        public static partial void SlotTaken(ILogger logger, int slot);

        [LoggerMessage(Level = LogLevel.Warning, Message = "No server for {Seconds} s: the worker ends")]
        public static partial void Orphaned(ILogger logger, double seconds);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The worker's record stays until its server removes it")]
        public static partial void NotForgotten(ILogger logger, Exception exception);
    }
}
