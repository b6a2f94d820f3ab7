using System.Collections.Concurrent;
using System.Diagnostics;
using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;

namespace Gesso.Server.Workers;

/// <summary>
/// Serves the models with the engine <c>null</c> inside the server, through the same queue as real workers: every job is claimed, renewed and completed with its
/// fencing number. For load tests and for trying out clients; it never draws.
/// </summary>
internal sealed partial class NullWorker(
    ServerOptions options, IJobStore jobs, IProgressBus progress, IChangeSignal signal, IAssetStore assets, IWorkerRegistry registry, JobWatch watch,
    SortableId ids, TimeProvider time, ILogger<NullWorker> logger) : BackgroundService
{
    public const string Device = "null";

    private const int MaxBatch = 256;
    private const int MaxRunning = 4096;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(1);

    /// <summary>Jobs of this server are taken at once, those of others at the earliest after this time.</summary>
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan s_afterFailure = TimeSpan.FromMilliseconds(250);

    /// <summary>A cancel takes effect within this time.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    /// <summary>Files that nothing refers to are collected after ten minutes at the earliest: the pictures are put again well before.</summary>
    private static readonly TimeSpan s_putAgain = TimeSpan.FromMinutes(4);

    private readonly Dictionary<string, ModelOptions> _models = options.Models.Where(m => m.Value.IsNull).ToDictionary();
    private readonly WorkerId _id = ids.NewWorker();
    private readonly NullWorkerPorts _ports = new(jobs, progress, watch, time);
    private readonly ConcurrentDictionary<JobAttempt, NullJob> _running = new();
    private readonly ConcurrentDictionary<Task, bool> _tasks = new();
    private long? _put;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_models.Count == 0)
            return;
        await TryAsync(ForgetDeadAsync, stoppingToken).ConfigureAwait(false);
        await Task.WhenAll(ClaimAsync(stoppingToken), LookAsync(stoppingToken), BeatAsync(stoppingToken)).ConfigureAwait(false);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(_tasks.Keys).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_models.Count > 0)
            await registry.RemoveAsync(_id, cancellationToken).ConfigureAwait(false);
    }

    private async Task ClaimAsync(CancellationToken stopping)
    {
        var claim = ClaimNextAsync(0, MaxBatch, stopping);
        while (true)
        {
            NextClaim next;
            try
            {
                next = await claim.ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.Failed(logger, e.Message);
                await Task.Delay(s_afterFailure, CancellationToken.None).ConfigureAwait(false);
                next = NextClaim.None;
            }
            // asked before these are drawn: what is stored meanwhile finds somebody waiting
            bool ends = stopping.IsCancellationRequested;
            if (!ends)
                claim = ClaimNextAsync(next.Seen, Math.Min(MaxBatch, MaxRunning - _running.Count - next.Jobs.Count), stopping);
            foreach (var job in next.Jobs)
                Start(job, stopping);
            if (ends)
                return;
        }
    }

    /// <summary>What this server stores is claimed with it; after changes by others, and now and then, the claim looks at everything again.</summary>
    private async Task<NextClaim> ClaimNextAsync(long seen, int room, CancellationToken stopping)
    {
        await PutPicturesAsync(stopping).ConfigureAwait(false);
        long version = signal.Version;
        if (room <= 0)
        {
            await signal.WaitAsync(version, s_idle, stopping).ConfigureAwait(false);
            return NextClaim.None;
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var claim = jobs.ClaimNextAsync(() => new ClaimRequest(_id, _models.Keys, null, room, time.GetUtcNow()), seen, end.Token);
        if (!claim.IsCompleted)
        {
            await Task.WhenAny(claim, ChangeAsync(version, end.Token)).ConfigureAwait(false);
            await end.CancelAsync().ConfigureAwait(false);
        }
        var next = await claim.ConfigureAwait(false);
        return next.Jobs.Count < room ? next : next with { Seen = 0 };                       // a full batch: there may be more
    }

    private async Task ChangeAsync(long version, CancellationToken cancellation)
    {
        await Task.Delay(s_pace, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!cancellation.IsCancellationRequested)
            await signal.WaitAsync(version, s_idle, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Start(Job job, CancellationToken stopping)
    {
        NullJob run = new(job, _models[job.Work.Model], _ports);
        _running[run.Attempt] = run;
        var task = RunAsync(run, stopping);
        if (task.IsCompleted)
            return;
        _tasks[task] = true;
        _ = task.ContinueWith(done => _tasks.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task RunAsync(NullJob run, CancellationToken stopping)
    {
        try
        {
            await run.RunAsync(stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await ReturnAsync(run).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // its lease is renewed no more, so the job goes on once the store is back
            Log.Failed(logger, e.Message);
        }
        finally
        {
            _running.TryRemove(run.Attempt, out _);
            run.Dispose();
        }
    }

    private async Task ReturnAsync(NullJob run)
    {
        try
        {
            await jobs.ReturnAsync(run.Attempt, 0, time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.Failed(logger, e.Message);
        }
    }

    /// <summary>Lets go of cancelled jobs within a step.</summary>
    private async Task LookAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await TryAsync(cancellation => LoseAsync(_running.Values.Where(r => r.TakesTime), jobs.HeldAsync, cancellation), stopping).ConfigureAwait(false);
            await PauseAsync(s_look, stopping).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps the leases, and shows itself.</summary>
    private async Task BeatAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await TryAsync(
                async cancellation =>
                {
                    await LoseAsync(_running.Values, jobs.RenewAsync, cancellation).ConfigureAwait(false);
                    await registry.SaveAsync(Record(), cancellation).ConfigureAwait(false);
                },
                stopping).ConfigureAwait(false);
            await PauseAsync(options.Worker.Heartbeat, stopping).ConfigureAwait(false);
        }
    }

    private static async Task LoseAsync(
        IEnumerable<NullJob> runs, Func<IReadOnlyCollection<JobAttempt>, CancellationToken, Task<IReadOnlySet<JobAttempt>>> ask, CancellationToken cancellation)
    {
        NullJob[] asked = [.. runs];
        if (asked.Length == 0)
            return;
        var held = await ask([.. asked.Select(r => r.Attempt)], cancellation).ConfigureAwait(false);
        foreach (var run in asked.Where(r => !held.Contains(r.Attempt)))
            run.Lose();
    }

    private async Task PutPicturesAsync(CancellationToken cancellation)
    {
        if (_put is { } put && time.GetElapsedTime(put) < s_putAgain)
            return;
        foreach (byte[] file in NullPictures.Files)
            await assets.PutAsync(file, cancellation).ConfigureAwait(false);
        _put = time.GetTimestamp();
    }

    /// <summary>A killed server's null worker cannot come back: its jobs wait again at once, without waiting for their leases.</summary>
    private async Task ForgetDeadAsync(CancellationToken cancellation)
    {
        var dead = (await registry.ListAsync(cancellation).ConfigureAwait(false))
            .Where(w => w.Device == Device && w.Host == Environment.MachineName && w.Id != _id && !IsAlive(w.ProcessId)).ToList();
        foreach (var worker in dead)
        {
            await jobs.ExpireWorkerAsync(worker.Id, time.GetUtcNow(), cancellation).ConfigureAwait(false);
            await registry.RemoveAsync(worker.Id, cancellation).ConfigureAwait(false);
        }
    }

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        try
        {
            await work(stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            Log.Failed(logger, e.Message);
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken stopping) =>
        await Task.Delay(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private WorkerRecord Record() => new()
    {
        Id = _id,
        Host = Environment.MachineName,
        ProcessId = Environment.ProcessId,
        Device = Device,
        Models = [.. _models.Keys],
        State = WorkerState.Ready,
        Seen = time.GetUtcNow(),
    };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Null worker: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
