using System.Collections.Concurrent;
using Gesso.Contracts.Errors;
using Gesso.Platform.Jobs;

namespace Gesso.Platform.Metering;

/// <summary>Counts what passes through a job store (<see cref="JobMeter"/>) and changes nothing else.</summary>
/// <param name="store">The store itself.</param>
/// <param name="time">For the time of attempts, monotonic.</param>
public sealed class MeteredJobStore(IJobStore store, TimeProvider time) : IJobStore
{
    /// <summary>Claims of this process that have not ended: who they belong to is told only at the claim.</summary>
    private readonly ConcurrentDictionary<JobAttempt, (string Model, long Since)> _claims = new();

    public async Task<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<JobDraft> drafts, CancellationToken cancellation = default)
    {
        var submissions = await store.SubmitAsync(drafts, cancellation).ConfigureAwait(false);
        foreach (var submission in submissions)
        {
            if (submission is { Status: SubmitStatus.Created, Job: { } job })
                JobMeter.Submitted.Add(1, JobMeter.Model(job.Work.Model));
        }
        return submissions;
    }

    public async Task<IReadOnlyList<Job>> ClaimAsync(ClaimRequest request, CancellationToken cancellation = default)
    {
        var jobs = await store.ClaimAsync(request, cancellation).ConfigureAwait(false);
        Note(jobs);
        return jobs;
    }

    public async Task<NextClaim> ClaimNextAsync(Func<ClaimRequest> request, long seen, CancellationToken withdraw)
    {
        var next = await store.ClaimNextAsync(request, seen, withdraw).ConfigureAwait(false);
        Note(next.Jobs);
        return next;
    }

    public async Task<IReadOnlySet<JobAttempt>> RenewAsync(IReadOnlyCollection<JobAttempt> attempts, CancellationToken cancellation = default) =>
        Forget(attempts, await store.RenewAsync(attempts, cancellation).ConfigureAwait(false));

    public async Task<IReadOnlySet<JobAttempt>> HeldAsync(IReadOnlyCollection<JobAttempt> attempts, CancellationToken cancellation = default) =>
        Forget(attempts, await store.HeldAsync(attempts, cancellation).ConfigureAwait(false));

    public async Task<bool> CheckpointAsync(JobAttempt attempt, JobCheckpoint checkpoint, CancellationToken cancellation = default) =>
        Fence(attempt, await store.CheckpointAsync(attempt, checkpoint, cancellation).ConfigureAwait(false));

    public async Task<bool> AddPictureAsync(JobAttempt attempt, JobPicture picture, DateTimeOffset now, CancellationToken cancellation = default)
    {
        bool added = Fence(attempt, await store.AddPictureAsync(attempt, picture, now, cancellation).ConfigureAwait(false));
        if (added)
            JobMeter.Pictures.Add(1, JobMeter.Model(ModelOf(attempt)));
        return added;
    }

    public async Task<bool> CompleteAsync(JobAttempt attempt, JobPicture? last, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default)
    {
        bool completed = Fence(attempt, await store.CompleteAsync(attempt, last, deviceSeconds, now, cancellation).ConfigureAwait(false));
        if (completed)
        {
            if (last is not null)
                JobMeter.Pictures.Add(1, JobMeter.Model(ModelOf(attempt)));
            if (_claims.TryGetValue(attempt, out var claim))
                JobMeter.Attempt.Record(time.GetElapsedTime(claim.Since).TotalSeconds, JobMeter.Model(claim.Model));
            End(attempt, "succeeded", deviceSeconds);
        }
        return completed;
    }

    public async Task<bool> FailAsync(JobAttempt attempt, JobFailure failure, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default)
    {
        bool failed = Fence(attempt, await store.FailAsync(attempt, failure, deviceSeconds, now, cancellation).ConfigureAwait(false));
        if (failed)
            End(attempt, "failed", deviceSeconds);
        return failed;
    }

    public async Task<bool> ReturnAsync(JobAttempt attempt, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default)
    {
        bool returned = Fence(attempt, await store.ReturnAsync(attempt, deviceSeconds, now, cancellation).ConfigureAwait(false));
        if (returned)
        {
            JobMeter.DeviceSeconds.Add(deviceSeconds, JobMeter.Model(ModelOf(attempt)));
            _claims.TryRemove(attempt, out _);
        }
        return returned;
    }

    public async Task<bool> ExpireAsync(RunningJob job, DateTimeOffset now, CancellationToken cancellation = default)
    {
        bool expired = await store.ExpireAsync(job, now, cancellation).ConfigureAwait(false);
        if (expired)
            await CountEndAsync(job.Attempt.Job, IsQuarantined, "quarantined", cancellation).ConfigureAwait(false);
        return expired;
    }

    public async Task<int> ExpireWorkerAsync(WorkerId worker, DateTimeOffset now, CancellationToken cancellation = default)
    {
        var running = (await store.RunningAsync(cancellation).ConfigureAwait(false)).Where(job => job.Worker == worker).ToList();
        int expired = await store.ExpireWorkerAsync(worker, now, cancellation).ConfigureAwait(false);
        foreach (var job in expired > 0 ? running : [])
            await CountEndAsync(job.Attempt.Job, IsQuarantined, "quarantined", cancellation).ConfigureAwait(false);
        return expired;
    }

    public async Task<IReadOnlyList<JobId>> ExpireDeadlinesAsync(DateTimeOffset now, CancellationToken cancellation = default)
    {
        var expired = await store.ExpireDeadlinesAsync(now, cancellation).ConfigureAwait(false);
        foreach (var id in expired)
            await CountEndAsync(id, job => job.State == JobState.Failed, "expired", cancellation).ConfigureAwait(false);
        return expired;
    }

    public async Task<CancelOutcome> CancelAsync(TenantId? tenant, JobId id, DateTimeOffset now, CancellationToken cancellation = default)
    {
        var outcome = await store.CancelAsync(tenant, id, now, cancellation).ConfigureAwait(false);
        if (outcome == CancelOutcome.Cancelled)
            await CountEndAsync(id, job => job.State == JobState.Cancelled, "cancelled", cancellation).ConfigureAwait(false);
        return outcome;
    }

    public Task<IReadOnlyList<RunningJob>> RunningAsync(CancellationToken cancellation = default) => store.RunningAsync(cancellation);

    public Task<Job?> FindAsync(TenantId? tenant, JobId id, CancellationToken cancellation = default) => store.FindAsync(tenant, id, cancellation);

    public Task<IReadOnlyList<Job>> ListAsync(JobQuery query, CancellationToken cancellation = default) => store.ListAsync(query, cancellation);

    public Task<IReadOnlyList<JobEvent>> EventsAsync(IReadOnlyDictionary<JobId, int> after, CancellationToken cancellation = default) =>
        store.EventsAsync(after, cancellation);

    public Task<QueuePlace?> PlaceAsync(JobId id, CancellationToken cancellation = default) => store.PlaceAsync(id, cancellation);

    public Task<QueueNumbers> NumbersAsync(TenantId? tenant, CancellationToken cancellation = default) => store.NumbersAsync(tenant, cancellation);

    public Task<IReadOnlyDictionary<JobState, long>> CountAsync(TenantId tenant, BatchId batch, CancellationToken cancellation = default) =>
        store.CountAsync(tenant, batch, cancellation);

    public Task<bool> RemoveAsync(TenantId tenant, JobId id, CancellationToken cancellation = default) => store.RemoveAsync(tenant, id, cancellation);

    public Task<int> RemoveFinishedAsync(DateTimeOffset before, int limit, CancellationToken cancellation = default) => store.RemoveFinishedAsync(before, limit, cancellation);

    private void Note(IReadOnlyList<Job> claimed)
    {
        long now = time.GetTimestamp();
        foreach (var job in claimed)
        {
            _claims[job.CurrentAttempt] = (job.Work.Model, now);
            if (job is { Attempt: 1, Started: { } started })
                JobMeter.QueueWait.Record(Math.Max(0, (started - job.Created).TotalSeconds), JobMeter.Model(job.Work.Model));
        }
    }

    private bool Fence(JobAttempt attempt, bool held)
    {
        if (!held)
        {
            JobMeter.Fenced.Add(1);
            _claims.TryRemove(attempt, out _);
        }
        return held;
    }

    private IReadOnlySet<JobAttempt> Forget(IReadOnlyCollection<JobAttempt> asked, IReadOnlySet<JobAttempt> held)
    {
        foreach (var attempt in asked.Where(a => !held.Contains(a)))
            _claims.TryRemove(attempt, out _);
        return held;
    }

    private string ModelOf(JobAttempt attempt) => _claims.TryGetValue(attempt, out var claim) ? claim.Model : "";

    private void End(JobAttempt attempt, string outcome, double deviceSeconds)
    {
        string model = _claims.TryRemove(attempt, out var claim) ? claim.Model : "";
        JobMeter.Ended.Add(1, JobMeter.Model(model), JobMeter.Outcome(outcome));
        JobMeter.DeviceSeconds.Add(deviceSeconds, JobMeter.Model(model));
    }

    private static bool IsQuarantined(Job job) => job.Failure?.Code == JobFailure.Quarantined;

    /// <summary>What was done is done: that its model cannot be read now must not make it look failed.</summary>
    private async Task CountEndAsync(JobId id, Predicate<Job> ended, string outcome, CancellationToken cancellation)
    {
        try
        {
            var job = await store.FindAsync(null, id, cancellation).ConfigureAwait(false);
            if (job is not null && ended(job))
                JobMeter.Ended.Add(1, JobMeter.Model(job.Work.Model), JobMeter.Outcome(outcome));
        }
        catch (Exception e) when (e is GessoException or OperationCanceledException)
        {
            JobMeter.Ended.Add(1, JobMeter.Model(""), JobMeter.Outcome(outcome));
        }
    }
}
