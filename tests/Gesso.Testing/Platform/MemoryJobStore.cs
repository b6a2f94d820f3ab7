using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;

namespace Gesso.Testing.Platform;

/// <summary>The queue in memory.</summary>
internal sealed class MemoryJobStore(MemoryPlatform platform) : IJobStore
{
    public Task<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<JobDraft> drafts, CancellationToken cancellation = default) =>
        Locked<IReadOnlyList<Submission>>(() => [.. drafts.Select(Submit)]);

    public Task<IReadOnlyList<Job>> ClaimAsync(ClaimRequest request, CancellationToken cancellation = default) => Locked<IReadOnlyList<Job>>(() =>
    {
        var choice = Scheduler.Choose(Candidates(request), request.Resident, request.MaxBatch, platform.Policy);
        foreach (var id in choice.Jobs)
        {
            var job = platform.Jobs[id];
            var tenant = job.Job.Tenant;
            platform.TenantTimes[tenant] = FairShare.Start(platform.TenantTimes[tenant], job.Job.EstimatedSeconds, platform.WeightOf(tenant));
            job.Passes = 0;
            job.Job = job.Job with
            {
                State = JobState.Running,
                Attempt = job.Job.Attempt + 1,
                Beat = job.Job.Beat + 1,
                Worker = request.Worker,
                Started = job.Job.Started ?? MemoryPlatform.Stored(request.Now),
            };
            Emit(job, JobEventType.Started, request.Now);
        }
        if (choice.PassedOver is { } passed)
            platform.Jobs[passed].Passes++;
        return [.. choice.Jobs.Select(id => platform.Jobs[id].Job)];
    });

    public async Task<NextClaim> ClaimNextAsync(Func<ClaimRequest> request, long seen, CancellationToken withdraw)
    {
        while (!withdraw.IsCancellationRequested)
        {
            long now = platform.Signal.Version + 1;                                         // whatever changes here: more than asked, never less
            if (now != seen && await ClaimAsync(request(), CancellationToken.None) is { Count: > 0 } jobs)
                return new NextClaim(jobs, now);
            seen = now;
            await platform.Signal.WaitAsync(now - 1, Timeout.InfiniteTimeSpan, withdraw).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return NextClaim.None;
    }

    public Task<IReadOnlySet<JobAttempt>> RenewAsync(
        IReadOnlyCollection<JobAttempt> attempts, CancellationToken cancellation = default) => Locked<IReadOnlySet<JobAttempt>>(() =>
    {
        var held = Held(attempts);
        foreach (var job in held.Select(a => platform.Jobs[a.Job]))
            job.Job = job.Job with { Beat = job.Job.Beat + 1 };
        return held;
    });

    public Task<IReadOnlySet<JobAttempt>> HeldAsync(IReadOnlyCollection<JobAttempt> attempts, CancellationToken cancellation = default) =>
        Locked<IReadOnlySet<JobAttempt>>(() => Held(attempts));

    public Task<bool> CheckpointAsync(JobAttempt attempt, JobCheckpoint checkpoint, CancellationToken cancellation = default) =>
        Change(attempt, job => job.Job = job.Job with { Checkpoint = checkpoint });

    public Task<bool> AddPictureAsync(JobAttempt attempt, JobPicture picture, DateTimeOffset now, CancellationToken cancellation = default) =>
        Change(attempt, job => AddPicture(job, picture, now));

    public Task<bool> CompleteAsync(
        JobAttempt attempt, JobPicture? last, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default) => Locked(() =>
    {
        if (Find(attempt) is not { } job)
            return false;
        var there = job.Job.Pictures.Select(p => p.Index).Concat(last is null ? [] : [last.Index]);
        if (there.Distinct().Count() < job.Job.Work.Count)
            return false;
        if (last is not null)
            AddPicture(job, last, now);
        EndAttempt(job, deviceSeconds);
        End(job, JobState.Succeeded, JobEventType.Succeeded, failure: null, now);
        return true;
    });

    public Task<bool> FailAsync(JobAttempt attempt, JobFailure failure, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default) =>
        Change(attempt, job =>
        {
            EndAttempt(job, deviceSeconds);
            End(job, JobState.Failed, JobEventType.Failed, failure, now);
        });

    public Task<bool> ReturnAsync(JobAttempt attempt, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default) =>
        Change(attempt, job =>
        {
            EndAttempt(job, deviceSeconds);
            Requeue(job, now);
        });

    public Task<bool> ExpireAsync(RunningJob job, DateTimeOffset now, CancellationToken cancellation = default) => Locked(() =>
    {
        if (Find(job.Attempt) is not { } found || found.Job.Beat != job.Beat)
            return false;
        Crash(found, now);
        return true;
    });

    public async Task<int> ExpireWorkerAsync(WorkerId worker, DateTimeOffset now, CancellationToken cancellation = default) =>
        (await ForEach(job => job.Runs && job.Job.Worker == worker, job => Crash(job, now))).Count;

    public Task<IReadOnlyList<JobId>> ExpireDeadlinesAsync(DateTimeOffset now, CancellationToken cancellation = default) => ForEach(
        job => !job.Job.State.IsFinal() && job.Job.Deadline < MemoryPlatform.Stored(now),
        job => End(job, JobState.Failed, JobEventType.Failed, JobFailure.OfDeadline, now));

    public Task<CancelOutcome> CancelAsync(TenantId? tenant, JobId id, DateTimeOffset now, CancellationToken cancellation = default) => Locked(() =>
    {
        if (!platform.Jobs.TryGetValue(id, out var job) || (tenant is not null && job.Job.Tenant != tenant))
            return CancelOutcome.Unknown;
        if (job.Job.State.IsFinal())
            return CancelOutcome.AlreadyFinal;
        End(job, JobState.Cancelled, JobEventType.Cancelled, failure: null, now);
        return CancelOutcome.Cancelled;
    });

    public Task<IReadOnlyList<RunningJob>> RunningAsync(CancellationToken cancellation = default) => Locked<IReadOnlyList<RunningJob>>(() =>
        [.. InOrder().Where(j => j.Runs).Select(j => new RunningJob(j.Job.CurrentAttempt, j.Job.Worker!.Value, j.Job.Beat))]);

    public Task<Job?> FindAsync(TenantId? tenant, JobId id, CancellationToken cancellation = default) => Locked(() =>
        platform.Jobs.TryGetValue(id, out var job) && (tenant is null || job.Job.Tenant == tenant) ? job.Job : null);

    public Task<IReadOnlyList<Job>> ListAsync(JobQuery query, CancellationToken cancellation = default) => Locked<IReadOnlyList<Job>>(() =>
    [
        .. InOrder().Reverse().Select(j => j.Job)
            .Where(j => query.Tenant is null || j.Tenant == query.Tenant)
            .Where(j => query.States.Count == 0 || query.States.Contains(j.State))
            .Where(j => query.Batch is null || j.Batch == query.Batch)
            .Where(j => query.Before is not { } before || j.Id.CompareTo(before) < 0)
            .Take(query.Limit),
    ]);

    public Task<IReadOnlyList<JobEvent>> EventsAsync(IReadOnlyDictionary<JobId, int> after, CancellationToken cancellation = default) =>
        Locked<IReadOnlyList<JobEvent>>(() =>
            [.. after.Where(a => platform.Jobs.ContainsKey(a.Key)).SelectMany(a => platform.Jobs[a.Key].Events.Where(e => e.Sequence > a.Value))]);

    public Task<QueuePlace?> PlaceAsync(JobId id, CancellationToken cancellation = default) => Locked(() =>
    {
        if (!platform.Jobs.TryGetValue(id, out var job) || !job.Waits)
            return null;
        var before = platform.JobsOf(job.Job.Tenant).Where(j => j.Waits && (j.Rank, j.Job.Id.CompareTo(id)).CompareTo((job.Rank, 0)) < 0).ToList();
        return new QueuePlace(before.Count, Estimate(before));
    });

    public Task<QueueNumbers> NumbersAsync(TenantId? tenant, CancellationToken cancellation = default) => Locked(() =>
    {
        var jobs = platform.Jobs.Values.Where(j => tenant is null || j.Job.Tenant == tenant).ToList();
        var waiting = jobs.Where(j => j.Waits).ToList();
        return new QueueNumbers(waiting.Count, jobs.Count(j => j.Runs), Estimate(waiting), waiting.Count == 0 ? null : waiting
            .GroupBy(j => j.Job.Tenant).Min(own => own.MinBy(j => j.Job.Id.Value, StringComparer.Ordinal)!.Job.Created));
    });

    public Task<IReadOnlyDictionary<JobState, long>> CountAsync(TenantId tenant, BatchId batch, CancellationToken cancellation = default) =>
        Locked<IReadOnlyDictionary<JobState, long>>(() =>
            platform.JobsOf(tenant).Where(j => j.Job.Batch == batch).GroupBy(j => j.Job.State).ToDictionary(g => g.Key, g => g.LongCount()));

    public Task<bool> RemoveAsync(TenantId tenant, JobId id, CancellationToken cancellation = default) => Locked(() =>
    {
        if (!platform.Jobs.TryGetValue(id, out var job) || job.Job.Tenant != tenant || !job.Job.State.IsFinal())
            return false;
        Remove(job);
        return true;
    });

    public Task<int> RemoveFinishedAsync(DateTimeOffset before, int limit, CancellationToken cancellation = default) => Locked(() =>
    {
        var old = InOrder().Where(j => j.Job.Finished < MemoryPlatform.Stored(before)).OrderBy(j => j.Job.Finished).Take(limit).ToList();
        old.ForEach(Remove);
        return old.Count;
    });

    private Submission Submit(JobDraft draft)
    {
        var tenant = draft.Tenant;
        var unfinished = platform.JobsOf(tenant).Count(j => !j.Job.State.IsFinal());
        if (draft.Idempotency is { } key && platform.JobsOf(tenant).FirstOrDefault(j => j.Idempotency?.Key == key.Key) is { } earlier)
            return new Submission(earlier.Idempotency!.RequestHash == key.RequestHash ? SubmitStatus.Existing : SubmitStatus.KeyReused, earlier.Job);
        if (unfinished >= draft.TenantQueueLimit)
            return new Submission(SubmitStatus.TenantQueueFull, null);
        if (platform.Jobs.Values.Count(j => j.Waits) >= draft.QueueLimit)
            return new Submission(SubmitStatus.QueueFull, null);
        double own = platform.TenantTimes.GetValueOrDefault(tenant);
        if (unfinished == 0)
        {
            var active = platform.Jobs.Values.Where(j => !j.Job.State.IsFinal()).Select(j => platform.TenantTimes[j.Job.Tenant]).ToList();
            own = FairShare.Arrive(own, active.Count == 0 ? null : active.Min());
        }
        platform.TenantTimes[tenant] = own;
        var job = new MemoryJob(Drafted(draft), platform.Policy.Rank(draft.Created, draft.Priority), draft.Idempotency);
        Emit(job, JobEventType.Queued, draft.Created);
        platform.Jobs.Add(draft.Id, job);
        return new Submission(SubmitStatus.Created, job.Job);
    }

    private static Job Drafted(JobDraft draft) => new()
    {
        Id = draft.Id,
        Tenant = draft.Tenant,
        Key = draft.Key,
        Work = draft.Work,
        State = JobState.Queued,
        Priority = draft.Priority,
        Attempt = 0,
        Crashes = 0,
        Beat = 0,
        Created = MemoryPlatform.Stored(draft.Created),
        Deadline = draft.Deadline is { } deadline ? MemoryPlatform.Stored(deadline) : null,
        EstimatedSeconds = Math.Round(draft.EstimatedSeconds * 1e6) / 1e6,
        DeviceSeconds = 0,
        Batch = draft.Batch,
        CustomId = draft.CustomId,
        Webhook = draft.Webhook,
        TraceParent = draft.TraceParent,
        LastEvent = 0,
    };

    private IEnumerable<Candidate> Candidates(ClaimRequest request) => platform.Jobs.Values
        .Where(j => j.Waits && request.Models.Contains(j.Job.Work.Model))
        .GroupBy(j => j.Job.Tenant)
        .OrderBy(tenant => platform.TenantTimes[tenant.Key]).ThenBy(tenant => tenant.Key.Value, StringComparer.Ordinal)
        .Take(platform.Policy.TenantLookAhead)
        .SelectMany(tenant => tenant.OrderBy(j => j.Rank).ThenBy(j => j.Job.Id.Value, StringComparer.Ordinal).Take(platform.Policy.LookAhead))
        .Select(j => new Candidate(
            j.Job.Id, j.Job.Tenant, platform.TenantTimes[j.Job.Tenant], j.Rank, j.Passes, j.Job.Crashes, j.Job.Work.AffinityKey, j.Job.Work.ShapeKey));

    private void AddPicture(MemoryJob job, JobPicture picture, DateTimeOffset now)
    {
        if (picture.Index < 0 || picture.Index >= job.Job.Work.Count)
            throw GessoException.Bug("picture_out_of_range", $"{job.Job.Id} has no picture {picture.Index}.");
        if (job.Job.Checkpoint?.Image == picture.Index)
            job.Job = job.Job with { Checkpoint = null };
        if (job.Job.Pictures.Any(p => p.Index == picture.Index))
            return;
        job.Job = job.Job with { Pictures = [.. job.Job.Pictures.Append(picture).OrderBy(p => p.Index)] };
        Emit(job, JobEventType.Picture, now, picture.Index);
    }

    private void EndAttempt(MemoryJob job, double deviceSeconds)
    {
        var tenant = job.Job.Tenant;
        platform.TenantTimes[tenant] = FairShare.End(platform.TenantTimes[tenant], job.Job.EstimatedSeconds, deviceSeconds, platform.WeightOf(tenant));
        job.Job = job.Job with { DeviceSeconds = job.Job.DeviceSeconds + deviceSeconds };
    }

    private void Requeue(MemoryJob job, DateTimeOffset now)
    {
        job.Job = job.Job with { State = JobState.Queued, Worker = null };
        Emit(job, JobEventType.Returned, now);
    }

    private void Crash(MemoryJob job, DateTimeOffset now)
    {
        job.Job = job.Job with { Crashes = job.Job.Crashes + 1 };
        if (job.Job.Crashes < platform.Policy.MaxCrashes)
            Requeue(job, now);
        else
            End(job, JobState.Failed, JobEventType.Failed, JobFailure.OfCrashes(job.Job.Crashes), now);
    }

    private void End(MemoryJob job, JobState state, JobEventType type, JobFailure? failure, DateTimeOffset now)
    {
        var at = MemoryPlatform.Stored(now);
        job.Job = job.Job with { State = state, Finished = at, Worker = null, Checkpoint = null, Failure = failure };
        Emit(job, type, now);
        if (job.Job.Webhook is { } target)
        {
            string id = WebhookDelivery.IdOf(job.Job.Id);
            platform.Webhooks[id] = new WebhookDelivery(id, job.Job.Id, job.Job.Tenant, state, target, at, 0, at);
        }
    }

    private void Remove(MemoryJob job)
    {
        _ = platform.Jobs.Remove(job.Job.Id);
        _ = platform.Webhooks.Remove(WebhookDelivery.IdOf(job.Job.Id));
        platform.Signal.Change();
    }

    private IEnumerable<MemoryJob> InOrder() => platform.Jobs.Values.OrderBy(j => j.Job.Id.Value, StringComparer.Ordinal);

    private MemoryJob? Find(JobAttempt attempt) => platform.Jobs.TryGetValue(attempt.Job, out var job) && job.Holds(attempt) ? job : null;

    private HashSet<JobAttempt> Held(IEnumerable<JobAttempt> attempts) => attempts.Where(a => Find(a) is not null).ToHashSet();

    private static double Estimate(IEnumerable<MemoryJob> jobs) => jobs.Sum(j => (long)Math.Round(j.Job.EstimatedSeconds * 1e6)) / 1e6;

    private Task<bool> Change(JobAttempt attempt, Action<MemoryJob> change) => Locked(() =>
    {
        if (Find(attempt) is not { } job)
            return false;
        change(job);
        return true;
    });

    private Task<IReadOnlyList<JobId>> ForEach(Func<MemoryJob, bool> which, Action<MemoryJob> change) => Locked<IReadOnlyList<JobId>>(() =>
    {
        var jobs = InOrder().Where(which).ToList();
        jobs.ForEach(change);
        return [.. jobs.Select(j => j.Job.Id)];
    });

    private void Emit(MemoryJob job, JobEventType type, DateTimeOffset at, int? picture = null)
    {
        job.Add(type, at, picture);
        platform.Signal.Change();
    }

    private Task<T> Locked<T>(Func<T> work)
    {
        lock (platform.Lock)
            return Task.FromResult(work());
    }
}
