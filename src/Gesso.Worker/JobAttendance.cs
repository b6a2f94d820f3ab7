using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Microsoft.Extensions.Logging;

namespace Gesso.Worker;

/// <summary>
/// Looks after jobs while the device draws them: renews their leases, passes on progress, stores pictures and latents, notices cancels, and outlasts stores that
/// are away. A device that hangs has the process ended: its lease would be renewed for ever. Returns when every run is settled and the device has left them.
/// </summary>
internal sealed partial class JobAttendance(WorkerOptions options, PlatformStores stores, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StoreRetry = TimeSpan.FromMilliseconds(500);

    private readonly PictureDelivery _delivery = new(stores, time);

    public async Task AttendAsync(IReadOnlyList<JobRun> runs, Task drawing, ChangeBell changed, CancellationToken stopping)
    {
        var renewal = new Interval(time, options.Heartbeat);
        var saving = new Interval(time, options.CheckpointInterval);
        bool stopAsked = false;
        (Task? bell, long rung) = (null, time.GetTimestamp());
        long seen = stores.Signal.Version;
        while (true)
        {
            var next = changed.Next;
            bool drawn = drawing.IsCompleted;
            if (next != bell)
                (bell, rung) = (next, time.GetTimestamp());
            else if (!drawn && time.GetElapsedTime(rung) > options.Stall)
                EndProcess(ref rung);
            if (stopping.IsCancellationRequested && !stopAsked)
            {
                stopAsked = true;
                foreach (var run in runs)
                    run.WantStop();
            }
            if (!stopAsked && saving.IsDue())
            {
                foreach (var run in runs)
                    run.WantCheckpoint();
            }
            long current = stores.Signal.Version;                                           // read before looking: what changes later wakes the wait
            bool kept = await TryAsync(() => RoundAsync(runs, drawn, renewal, current != seen)).ConfigureAwait(false);
            if (kept && drawn && runs.All(r => r.Settled))
                return;
            if (!kept)
                await Task.Delay(StoreRetry, time, CancellationToken.None).ConfigureAwait(false);
            else if (!drawn)
                await WaitAsync(next, drawing, current, stopAsked ? CancellationToken.None : stopping).ConfigureAwait(false);
            if (kept)
                seen = current;
        }
    }

    private void EndProcess(ref long rung)
    {
        Log.Stalled(logger, options.Device, options.Stall.TotalSeconds);
        rung = time.GetTimestamp();
        options.EndProcess();
    }

    /// <summary>Once through everything there is to do.</summary>
    private async Task RoundAsync(IReadOnlyList<JobRun> runs, bool drawn, Interval renewal, bool anythingChanged)
    {
        await HoldAsync(runs, renewal, anythingChanged).ConfigureAwait(false);
        foreach (var run in runs)
        {
            await SaveAsync(run).ConfigureAwait(false);
            await _delivery.ProgressAsync(run).ConfigureAwait(false);
            // a failed or stopped run is settled once nothing of it is on the way
            if ((drawn || run.Failure is not null) && !run.Settled && run.Finished.IsEmpty)
                await _delivery.SettleAsync(run).ConfigureAwait(false);
        }
    }

    /// <summary>Renews when it is time, else asks whether something was taken away if anything changed at all.</summary>
    private async Task HoldAsync(IReadOnlyList<JobRun> runs, Interval renewal, bool anythingChanged)
    {
        JobAttempt[] open = [.. runs.Where(r => !r.Settled).Select(r => r.Attempt)];
        if (open.Length == 0)
            return;
        IReadOnlySet<JobAttempt> held;
        if (renewal.IsDue())
            held = await stores.Jobs.RenewAsync(open).ConfigureAwait(false);
        else if (anythingChanged)
            held = await stores.Jobs.HeldAsync(open).ConfigureAwait(false);
        else
            return;
        foreach (var run in runs.Where(r => !r.Settled && !held.Contains(r.Attempt)))
        {
            Log.Lost(logger, run.Job.Id.Value, run.Job.Attempt);
            PictureDelivery.Lose(run);
        }
    }

    private async Task SaveAsync(JobRun run)
    {
        try
        {
            await _delivery.PicturesAsync(run).ConfigureAwait(false);
            await _delivery.CheckpointAsync(run).ConfigureAwait(false);
        }
        catch (GessoException e) when (e.Code == "storage_full" || e.Kind is ErrorKind.InvalidRequest or ErrorKind.Refused)
        {
            // waiting for space would hold the device, and text that cannot be laid into the picture stays so: the job ends, its owner hears why
            run.Finished.Clear();
            run.Fail(e);
        }
    }

    private async Task<bool> TryAsync(Func<Task> round)
    {
        try
        {
            await round().ConfigureAwait(false);
            return true;
        }
        catch (GessoException e) when (e.Kind is ErrorKind.Unavailable or ErrorKind.Busy)
        {
            Log.StoreAway(logger, e);
            return false;
        }
    }

    private async Task WaitAsync(Task changed, Task drawing, long seen, CancellationToken stopping)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(changed, drawing, stores.Signal.WaitAsync(seen, Look, enough.Token)).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Due once in a while.</summary>
    private sealed class Interval(TimeProvider time, TimeSpan length)
    {
        private long _last = time.GetTimestamp();

        public bool IsDue()
        {
            long now = time.GetTimestamp();
            if (time.GetElapsedTime(_last, now) < length)
                return false;
            _last = now;
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Critical, Message = "The device {Device} has finished no step for {Seconds} s: it hangs, and the process ends")]
        public static partial void Stalled(ILogger logger, string device, double seconds);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Job}, attempt {Attempt}, was taken away (cancelled, or given to another worker)")]
        public static partial void Lost(ILogger logger, string job, int attempt);

        [LoggerMessage(Level = LogLevel.Warning, Message = "A store is away; what was drawn waits for it")]
        public static partial void StoreAway(ILogger logger, Exception exception);
    }
}
