using Gesso.Platform;
using Gesso.Platform.Workers;
using Gesso.Server.Hosting;

namespace Gesso.Server.Workers;

/// <summary>
/// Keeps one worker process for each device. A worker that ends is replaced and its jobs go back to the queue at once; workers of an earlier server that are
/// still drawing are kept.
/// </summary>
internal sealed partial class WorkerSupervisor(
    ServerOptions options, WorkerCommand command, PlatformStores stores, SortableId ids, TimeProvider time, ILogger<WorkerSupervisor> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var folder = new DataFolder(options.Data);
        var devices = DeviceCensus.Devices(options.Workers);
        return Task.WhenAll(devices.Select((device, slot) => KeepAsync(new WorkerSlot(folder, slot, device, command, ids, time), stoppingToken)));
    }

    private async Task KeepAsync(WorkerSlot slot, CancellationToken stopping)
    {
        var pause = new RestartPause(time);
        while (!stopping.IsCancellationRequested)
        {
            WorkerExit exit;
            try
            {
                exit = await slot.RunAsync(stopping).ConfigureAwait(false);
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException or UnauthorizedAccessException)
            {
                Log.NotStarted(logger, e, slot.Index);
                exit = new WorkerExit(null, null);
            }
            if (exit.Worker is { } worker && await ReleaseAsync(worker, stopping).ConfigureAwait(false))
                pause.Reset();
            if (stopping.IsCancellationRequested)
                return;
            if (exit.Code == WorkerExit.NothingToDo)
            {
                Log.Useless(logger, slot.Index, slot.Device);
                return;
            }
            var wait = pause.Next();
            Log.Ended(logger, slot.Index, exit.Code, wait.TotalSeconds);
            await Task.Delay(wait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Its jobs wait again without the length of a lease passing; the lease watch does the same later if this fails.</summary>
    /// <returns>Whether it had come as far as drawing: then what ended it was no fault of its start, and another may start at once.</returns>
    private async Task<bool> ReleaseAsync(WorkerId worker, CancellationToken stopping)
    {
        try
        {
            var record = (await stores.Workers.ListAsync(CancellationToken.None).ConfigureAwait(false)).FirstOrDefault(w => w.Id == worker);
            int jobs = await stores.Jobs.ExpireWorkerAsync(worker, time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
            await stores.Workers.RemoveAsync(worker, CancellationToken.None).ConfigureAwait(false);
            if (jobs > 0)
                Log.Released(logger, worker.Value, jobs);
            return record is not null && record.State != WorkerState.Starting;
        }
        catch (Contracts.Errors.GessoException e) when (!stopping.IsCancellationRequested)
        {
            Log.NotReleased(logger, e, worker.Value);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Slot} ended with code {Code}; another starts in {Seconds} s")]
        public static partial void Ended(ILogger logger, int slot, int? code, double seconds);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Slot} has nothing to do on {Device} and is not started again")]
        public static partial void Useless(ILogger logger, int slot, string device);

        [LoggerMessage(Level = LogLevel.Error, Message = "Worker {Slot} could not be started")]
        public static partial void NotStarted(ILogger logger, Exception exception, int slot);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Jobs} job(s) of {Worker} went back to the queue")]
        public static partial void Released(ILogger logger, string worker, int jobs);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Jobs of {Worker} are given back when its leases end")]
        public static partial void NotReleased(ILogger logger, Exception exception, string worker);
    }
}
