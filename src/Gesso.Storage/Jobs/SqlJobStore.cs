using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>The durable queue in SQL.</summary>
internal sealed class SqlJobStore(ISqlDatabase database, SchedulingPolicy policy) : IJobStore
{
    public Task<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<JobDraft> drafts, CancellationToken cancellation = default) =>
        database.WriteAsync<IReadOnlyList<Submission>>(s => [.. drafts.Select(draft => Submit(s, draft))], WriteKind.Durable, cancellation);

    public Task<IReadOnlyList<Job>> ClaimAsync(ClaimRequest request, CancellationToken cancellation = default) =>
        database.WriteAsync(s => JobClaims.Claim(database, s, request, policy), WriteKind.Relaxed, cancellation);

    public Task<IReadOnlySet<JobAttempt>> RenewAsync(IReadOnlyCollection<JobAttempt> attempts, CancellationToken cancellation = default) =>
        database.WriteAsync<IReadOnlySet<JobAttempt>>(
            s => attempts.Where(attempt => s.Execute(
                "UPDATE jobs SET beat = beat + 1 WHERE id = @id AND attempt = @attempt AND state = 'Running'",
                ("id", attempt.Job.Value), ("attempt", attempt.Number)) == 1).ToHashSet(),
            WriteKind.Relaxed, cancellation);

    public Task<IReadOnlySet<JobAttempt>> HeldAsync(IReadOnlyCollection<JobAttempt> attempts, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlySet<JobAttempt>>(
            s => attempts.Where(attempt => s.Value(
                "SELECT attempt FROM jobs WHERE id = @id AND attempt = @attempt AND state = 'Running'", r => r.Int(0),
                ("id", attempt.Job.Value), ("attempt", attempt.Number)) is not null).ToHashSet(),
            cancellation);

    public Task<bool> CheckpointAsync(JobAttempt attempt, JobCheckpoint checkpoint, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute(
            """
            UPDATE jobs SET checkpoint_image = @image, checkpoint_step = @step, checkpoint_asset = @asset WHERE id = @id AND attempt = @attempt AND state = 'Running'
            """,
            ("image", checkpoint.Image), ("step", checkpoint.Step), ("asset", checkpoint.Latents.Sha256), ("id", attempt.Job.Value), ("attempt", attempt.Number)) == 1,
        WriteKind.Relaxed, cancellation);

    public Task<bool> AddPictureAsync(JobAttempt attempt, JobPicture picture, DateTimeOffset now, CancellationToken cancellation = default) => HeldAsync(
        attempt,
        (s, job) =>
        {
            _ = AddPicture(s, job, picture, now);
            return true;
        },
        cancellation);

    public Task<bool> CompleteAsync(JobAttempt attempt, JobPicture? last, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default) => HeldAsync(
        attempt,
        (s, job) =>
        {
            long stored = s.Value("SELECT COUNT(*) FROM pictures WHERE job = @job", r => r.GetInt64(0), ("job", job.Id.Value)) ?? 0;
            bool adds = last is not null && s.Value(
                "SELECT place FROM pictures WHERE job = @job AND place = @place", r => r.Int(0), ("job", job.Id.Value), ("place", last.Index)) is null;
            if (stored + (adds ? 1 : 0) < job.Count)
                return false;
            JobChanges.End(s, last is null ? job : AddPicture(s, job, last, now), JobState.Succeeded, failure: null, deviceSeconds, now);
            return true;
        },
        cancellation);

    public Task<bool> FailAsync(JobAttempt attempt, JobFailure failure, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default) => HeldAsync(
        attempt,
        (s, job) =>
        {
            JobChanges.End(s, job, JobState.Failed, failure, deviceSeconds, now);
            return true;
        },
        cancellation);

    public Task<bool> ReturnAsync(JobAttempt attempt, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default) => HeldAsync(
        attempt,
        (s, job) =>
        {
            JobChanges.Return(s, job, deviceSeconds, job.Crashes, now);
            return true;
        },
        cancellation);

    public Task<bool> ExpireAsync(RunningJob job, DateTimeOffset now, CancellationToken cancellation = default) => HeldAsync(
        job.Attempt,
        (s, head) =>
        {
            if (head.Beat != job.Beat)
                return false;
            JobChanges.Crash(s, head, policy, now);
            return true;
        },
        cancellation);

    public Task<int> ExpireWorkerAsync(WorkerId worker, DateTimeOffset now, CancellationToken cancellation = default) => database.WriteAsync(
        s => ForEach(JobHead.Where(database, s, "worker = @worker AND state = 'Running' ORDER BY id", ("worker", worker.Value)), job => JobChanges.Crash(s, job, policy, now)),
        WriteKind.Durable, cancellation);

    public Task<int> ExpireDeadlinesAsync(DateTimeOffset now, CancellationToken cancellation = default) => database.WriteAsync(
        s => ForEach(
            JobHead.Where(database, s, "deadline < @now AND finished IS NULL AND deadline IS NOT NULL ORDER BY id", ("now", now.Db())),
            job => JobChanges.End(s, job, JobState.Failed, JobChanges.TooLate, deviceSeconds: null, now)),
        WriteKind.Durable, cancellation);

    public Task<CancelOutcome> CancelAsync(TenantId? tenant, JobId id, DateTimeOffset now, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            var job = JobHead.Find(database, s, id);
            if (job is null || (tenant is { } owner && job.Tenant != owner))
                return CancelOutcome.Unknown;
            if (job.State.IsFinal())
                return CancelOutcome.AlreadyFinal;
            JobChanges.End(s, job, JobState.Cancelled, failure: null, deviceSeconds: null, now);
            return CancelOutcome.Cancelled;
        },
        WriteKind.Durable, cancellation);

    public Task<IReadOnlyList<RunningJob>> RunningAsync(CancellationToken cancellation = default) => database.ReadAsync<IReadOnlyList<RunningJob>>(
        s => s.Query(
            "SELECT id, attempt, worker, beat FROM jobs WHERE state = 'Running' ORDER BY id",
            r => new RunningJob(new JobAttempt(new JobId(r.GetString(0)), r.Int(1)), new WorkerId(r.GetString(2)), r.GetInt64(3))),
        cancellation);

    public Task<Job?> FindAsync(TenantId? tenant, JobId id, CancellationToken cancellation = default) =>
        database.ReadAsync(s => JobRow.Find(s, tenant, id), cancellation);

    public Task<IReadOnlyList<Job>> ListAsync(JobQuery query, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyList<Job>>(s => JobQueries.List(database, s, query), cancellation);

    public Task<IReadOnlyList<JobEvent>> EventsAsync(IReadOnlyDictionary<JobId, int> after, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyList<JobEvent>>(s => JobQueries.Events(s, after), cancellation);

    public Task<QueuePlace?> PlaceAsync(JobId id, CancellationToken cancellation = default) => database.ReadAsync(s => JobQueries.Place(database, s, id), cancellation);

    public Task<QueueNumbers> NumbersAsync(TenantId? tenant, CancellationToken cancellation = default) => database.ReadAsync(s => JobQueries.Numbers(s, tenant), cancellation);

    public Task<IReadOnlyDictionary<JobState, long>> CountAsync(TenantId tenant, BatchId batch, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyDictionary<JobState, long>>(
            s => s.Query(
                "SELECT state, COUNT(*) FROM jobs WHERE batch = @batch AND tenant = @tenant GROUP BY state",
                r => (State: r.Enum<JobState>(0), Count: r.GetInt64(1)),
                ("batch", batch.Value), ("tenant", tenant.Value)).ToDictionary(r => r.State, r => r.Count),
            cancellation);

    public Task<bool> RemoveAsync(TenantId tenant, JobId id, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            var job = JobHead.Find(database, s, id);
            if (job is null || job.Tenant != tenant || !job.State.IsFinal())
                return false;
            Remove(s, id);
            return true;
        },
        WriteKind.Durable, cancellation);

    public Task<int> RemoveFinishedAsync(DateTimeOffset before, int limit, CancellationToken cancellation = default) => database.WriteAsync(
        s => ForEach(
            s.Query(
                "SELECT id FROM jobs WHERE finished IS NOT NULL AND finished < @before ORDER BY finished, id LIMIT @limit", r => new JobId(r.GetString(0)),
                ("before", before.Db()), ("limit", limit)),
            id => Remove(s, id)),
        WriteKind.Durable, cancellation);

    private Submission Submit(ISqlSession session, JobDraft draft)
    {
        if (draft.Idempotency is { } key && Earlier(session, draft.Tenant, key) is { } earlier)
            return earlier;
        if (draft.TenantQueueLimit < int.MaxValue && TenantShares.Unfinished(session, draft.Tenant) >= draft.TenantQueueLimit)
            return new Submission(SubmitStatus.TenantQueueFull, null);
        if (draft.QueueLimit < int.MaxValue && TenantShares.WaitingInAll(session) >= draft.QueueLimit)
            return new Submission(SubmitStatus.QueueFull, null);
        JobRow.Insert(session, draft, policy.Rank(draft.Created, draft.Priority));
        TenantShares.Arrive(session, draft.Tenant, draft.Work.Model, draft.EstimatedSeconds);
        _ = session.Execute(
            "INSERT INTO job_events (job, sequence, type, at, attempt) VALUES (@job, 1, 'Queued', @at, 0)", ("job", draft.Id.Value), ("at", draft.Created.Db()));
        return new Submission(SubmitStatus.Created, JobRow.Of(draft));
    }

    private static Submission? Earlier(ISqlSession session, TenantId tenant, IdempotencyKey key)
    {
        var found = session.First(
            "SELECT id, idempotency_hash FROM jobs WHERE tenant = @tenant AND idempotency_key = @key",
            r => new { Id = new JobId(r.GetString(0)), Hash = r.GetString(1) },
            ("tenant", tenant.Value), ("key", key.Key));
        if (found is null)
            return null;
        return new Submission(found.Hash == key.RequestHash ? SubmitStatus.Existing : SubmitStatus.KeyReused, JobRow.Find(session, tenant, found.Id));
    }

    /// <returns>The job with its events counted on.</returns>
    private static JobHead AddPicture(ISqlSession session, JobHead job, JobPicture picture, DateTimeOffset now)
    {
        if (!JobChanges.AddPicture(session, job, picture))
            return job;
        _ = session.Execute(
            """
            UPDATE jobs SET last_event = last_event + 1,
              checkpoint_step = CASE WHEN checkpoint_image = @image THEN NULL ELSE checkpoint_step END,
              checkpoint_asset = CASE WHEN checkpoint_image = @image THEN NULL ELSE checkpoint_asset END,
              checkpoint_image = CASE WHEN checkpoint_image = @image THEN NULL ELSE checkpoint_image END
            WHERE id = @id
            """,
            ("image", picture.Index), ("id", job.Id.Value));
        JobChanges.AddEvent(session, job, JobEventType.Picture, now, picture.Index);
        return job with { LastEvent = job.LastEvent + 1 };
    }

    private static void Remove(ISqlSession session, JobId id)
    {
        foreach (string sql in new[]
        {
            "DELETE FROM pictures WHERE job = @id", "DELETE FROM job_events WHERE job = @id", "DELETE FROM webhooks WHERE job = @id", "DELETE FROM jobs WHERE id = @id",
        })
        {
            _ = session.Execute(sql, ("id", id.Value));
        }
    }

    private Task<bool> HeldAsync(JobAttempt attempt, Func<ISqlSession, JobHead, bool> change, CancellationToken cancellation) => database.WriteAsync(
        s => JobHead.Held(database, s, attempt) is { } job && change(s, job), WriteKind.Durable, cancellation);

    private static int ForEach<T>(List<T> items, Action<T> action)
    {
        items.ForEach(action);
        return items.Count;
    }
}
