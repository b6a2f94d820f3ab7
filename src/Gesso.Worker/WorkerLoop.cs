using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;
using Microsoft.Extensions.Logging;

namespace Gesso.Worker;

/// <summary>Claims jobs, has them drawn, stores what comes out, until it is told to stop; then it saves what is on the way and gives it back.</summary>
internal sealed partial class WorkerLoop(
    WorkerOptions options, PlatformStores stores, DeviceThread device, EngineShelf shelf, WorkerPresence presence, ModelSpeed speed, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StoreRetry = TimeSpan.FromMilliseconds(500);

    private readonly Drawer _drawer = new(shelf, logger);
    private readonly JobAttendance _attendance = new(options, stores, time, logger);

    public async Task RunAsync(CancellationToken stopping)
    {
        int maxBatch = options.MaxBatch ?? (options.Device == "cpu" ? 1 : 4);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                long seen = stores.Signal.Version;
                var models = await ClaimableAsync().ConfigureAwait(false);
                var jobs = models.Count == 0 ? [] : await stores.Jobs.ClaimAsync(
                    new ClaimRequest(options.Id, models, presence.Resident, maxBatch, time.GetUtcNow()), CancellationToken.None).ConfigureAwait(false);
                if (jobs.Count > 0)
                    await DrawAsync(jobs, stopping).ConfigureAwait(false);
                else
                    await stores.Signal.WaitAsync(seen, Idle, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (GessoException e) when (e.Kind == ErrorKind.Unavailable)
            {
                Log.StoreAway(logger, e);
                await Task.Delay(StoreRetry, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>
    /// What this worker can draw with; and what nobody can, so that jobs stored before that was known end with the reason and do not wait until their deadline.
    /// </summary>
    private async Task<IReadOnlyList<string>> ClaimableAsync()
    {
        if (presence.BadModels.Count == 0)
            return [.. presence.Models];
        var workers = await stores.Workers.ListAsync().ConfigureAwait(false);
        return [.. presence.Models, .. presence.BadModels.Keys.Where(model => !IsForOthers(model, workers))];
    }

    /// <summary>Whether another worker draws with the model, or may turn out to.</summary>
    private bool IsForOthers(string model, IReadOnlyList<WorkerRecord> workers) => workers.Any(
        w => w.Id != options.Id && (w.State == WorkerState.Starting || (w.State == WorkerState.Ready && w.Models.Contains(model))));

    private static GessoException Unusable(string model, string reason, Exception? inner = null) =>
        GessoException.Unavailable("model_unavailable", $"The model \"{model}\" cannot be loaded: {reason}", inner);

    private async Task DrawAsync(IReadOnlyList<Job> jobs, CancellationToken stopping)
    {
        Dictionary<JobRun, JobInputs> inputs = [];
        List<JobRun> runs = [];
        foreach (var job in jobs)
        {
            Log.Claimed(logger, job.Id.Value, job.Attempt);
            byte[]? latents = job.Checkpoint is { } checkpoint && checkpoint.Image == job.Pictures.Count
                ? await stores.Assets.ReadAsync(checkpoint.Latents, CancellationToken.None).ConfigureAwait(false)
                : null;
            var run = new JobRun(job, latents);
            runs.Add(run);
            if (presence.BadModels.TryGetValue(job.Work.Model, out string? reason))
            {
                run.Fail(Unusable(job.Work.Model, reason));
                continue;
            }
            try
            {
                inputs[run] = await JobInputs.ReadAsync(stores.Assets, job.Work, CancellationToken.None).ConfigureAwait(false);
            }
            catch (GessoException e) when (e.Kind == ErrorKind.InvalidRequest)
            {
                run.Fail(e);
            }
        }
        var changed = new ChangeBell();
        var drawable = runs.Where(r => r.Failure is null).ToList();
        var drawing = drawable.Count == 0 ? Task.CompletedTask : DrawAsync(drawable, inputs, changed);
        await _attendance.AttendAsync(runs, drawing, changed, stopping).ConfigureAwait(false);
        await speed.NoteAsync(runs).ConfigureAwait(false);
        runs.ForEach(run => run.Dispose());
        presence.Resident = shelf.Resident is null ? null : jobs[0].Work.AffinityKey;
    }

    private async Task DrawAsync(List<JobRun> runs, Dictionary<JobRun, JobInputs> inputs, ChangeBell changed)
    {
        try
        {
            await device.RunAsync(() => _drawer.Draw(runs, inputs, changed.Ring)).ConfigureAwait(false);
        }
        catch (GessoException broken)
        {
            await MarkBadAsync(runs, broken).ConfigureAwait(false);
        }
    }

    /// <summary>The model could not be opened: this worker takes no more jobs for it. Its jobs go back for others, or fail where no other worker has the model.</summary>
    private async Task MarkBadAsync(List<JobRun> runs, GessoException reason)
    {
        string model = runs[0].Job.Work.Model;
        Log.BadModel(logger, model, reason.Message);
        var workers = await stores.Workers.ListAsync().ConfigureAwait(false);
        if (!IsForOthers(model, workers))
            runs.ForEach(run => run.Fail(Unusable(model, reason.Message, reason)));
        presence.BadModels[model] = reason.Message;
        presence.Models = [.. presence.Models.Where(m => m != model)];
        await presence.TellAsync().ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Drawing {Job}, attempt {Attempt}")]
        public static partial void Claimed(ILogger logger, string job, int attempt);

        [LoggerMessage(Level = LogLevel.Error, Message = "Model {Model} cannot be used by this worker: {Reason}")]
        public static partial void BadModel(ILogger logger, string model, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The stores are away; trying again")]
        public static partial void StoreAway(ILogger logger, Exception exception);
    }
}
