using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>The moves of jobs from one state to another within a transaction, each with its event and its tenant's share.</summary>
internal sealed class JobTransaction(SqlSession session, SchedulingPolicy policy)
{
    public SqlSession Session => session;

    public SchedulingPolicy Policy => policy;

    public TenantShares Shares { get; } = session.Keep(s => new TenantShares(s));

    /// <summary>Null: no such job. Its tenant and it stay locked.</summary>
    public async ValueTask<JobHead?> FindAsync(JobId id)
    {
        if (!session.IsAlone)
            return await Shares.LockOwnerAsync(id) is null ? null : await JobHead.FindAsync(session, id);
        var job = await JobHead.FindAsync(session, id);
        if (job is not null)
            await Shares.LockAsync(job.Tenant);
        return job;
    }

    /// <summary>The job, if this attempt holds it.</summary>
    public async ValueTask<JobHead?> HeldAsync(JobAttempt attempt) =>
        await FindAsync(attempt.Job) is { State: JobState.Running } job && job.Attempt == attempt.Number ? job : null;

    /// <summary>Starts those of the jobs that still wait; their tenants are locked.</summary>
    public async ValueTask<List<Job>> StartAsync(IEnumerable<JobId> jobs, WorkerId worker, DateTimeOffset now)
    {
        var started = await session.QueryEachAsync(
            session.Text("start", static s => $"""
                UPDATE jobs SET state = 'running', attempt = attempt + 1, beat = beat + 1, passes = 0, worker = $2, started = COALESCE(started, $3),
                  last_event = last_event + 1
                WHERE id = $1 AND state = 'queued'
                RETURNING {JobRow.Columns(s)}
                """),
            JobRow.Read,
            jobs.OrderBy(id => id.Value, StringComparer.Ordinal).Select(id => new SqlValue[] { id.Value, worker.Value, now }));
        foreach (var job in started)
        {
            Shares.Start(job);
            await InsertEventAsync(job.Id, job.LastEvent, JobEventType.Started, now, job.Attempt);
        }
        return started;
    }

    /// <summary>Puts a running job back to its place in the queue.</summary>
    /// <param name="job">As it ran.</param>
    /// <param name="deviceSeconds">What the attempt took, where it is known.</param>
    /// <param name="crashes">Its crashes from now on.</param>
    /// <param name="now">When.</param>
    public async ValueTask ReturnAsync(JobHead job, double? deviceSeconds, int crashes, DateTimeOffset now)
    {
        Shares.Return(job, deviceSeconds);
        await session.PostAsync(
            """
            UPDATE jobs SET state = 'queued', worker = NULL, crashes = $2, device_seconds = device_seconds + $3, last_event = last_event + 1 WHERE id = $1
            """,
            job.Id.Value, crashes, deviceSeconds ?? 0);
        await AddEventAsync(job, JobEventType.Returned, now);
        session.BringWork();
    }

    /// <summary>Takes a running job from a worker that is gone: it waits again, or is quarantined.</summary>
    public ValueTask CrashAsync(JobHead job, DateTimeOffset now)
    {
        int crashes = job.Crashes + 1;
        return crashes < policy.MaxCrashes
            ? ReturnAsync(job, deviceSeconds: null, crashes, now)
            : EndAsync(job with { Crashes = crashes }, JobState.Failed, JobFailure.OfCrashes(crashes), deviceSeconds: null, now);
    }

    public ValueTask MissDeadlineAsync(JobHead job, DateTimeOffset now) => EndAsync(job, JobState.Failed, JobFailure.OfDeadline, deviceSeconds: null, now);

    /// <summary>Ends a job for good and, where it has one, puts its webhook into the outbox.</summary>
    public async ValueTask EndAsync(JobHead job, JobState state, JobFailure? failure, double? deviceSeconds, DateTimeOffset now)
    {
        Shares.Leave(job, deviceSeconds);
        await session.PostAsync(
            """
            UPDATE jobs SET state = $2, finished = $3, worker = NULL, crashes = $4, device_seconds = device_seconds + $5,
              checkpoint_image = NULL, checkpoint_step = NULL, checkpoint_asset = NULL,
              failure_kind = $6, failure_code = $7, failure_message = $8, last_event = $9
            WHERE id = $1
            """,
            job.Id.Value, SqlName<JobState>.Of(state), now, job.Crashes, deviceSeconds ?? 0,
            failure is null ? null : SqlName<ErrorKind>.Of(failure.Kind), failure?.Code, failure?.Message, job.LastEvent + 1);
        await AddEventAsync(job, EventOf(state), now);
        if (!job.HasWebhook)
            return;
        await session.PostAsync(
            """
            INSERT INTO webhooks (id, job, tenant, state, url, secret, at, tries, next)
            SELECT $2, id, tenant, state, webhook_url, webhook_secret, finished, 0, finished FROM jobs WHERE id = $1 AND webhook_url IS NOT NULL
            """,
            job.Id.Value, WebhookDelivery.IdOf(job.Id));
    }

    /// <summary>Adds a picture, unless there is one at its place, and drops a checkpoint of it.</summary>
    /// <exception cref="GessoException">Bug <c>picture_out_of_range</c>.</exception>
    public async ValueTask AddPictureAsync(JobHead job, JobPicture picture, DateTimeOffset now)
    {
        var after = await InsertPictureAsync(job, picture, now);
        if (job.CheckpointImage == picture.Index)
        {
            await session.PostAsync(
                "UPDATE jobs SET checkpoint_image = NULL, checkpoint_step = NULL, checkpoint_asset = NULL, last_event = $2 WHERE id = $1",
                job.Id.Value, after.LastEvent);
        }
        else if (after != job)
        {
            await session.PostAsync("UPDATE jobs SET last_event = $2 WHERE id = $1", job.Id.Value, after.LastEvent);
        }
    }

    /// <summary>Adds a picture, unless there is one at its place, for a job whose row is written afterwards.</summary>
    /// <returns>The job with its events counted on.</returns>
    /// <exception cref="GessoException">As above.</exception>
    public async ValueTask<JobHead> InsertPictureAsync(JobHead job, JobPicture picture, DateTimeOffset now)
    {
        if (picture.Index < 0 || picture.Index >= job.Images)
            throw GessoException.Bug("picture_out_of_range", $"{job.Id} has pictures 0 to {job.Images - 1}, got picture {picture.Index}.");
        int added = await session.ExecuteAsync(
            """
            INSERT INTO pictures (job, place, asset, media_type, width, height, bytes, seed, text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (job, place) DO NOTHING
            """,
            job.Id.Value, picture.Index, picture.Asset.Sha256, picture.MediaType, picture.Size.Width, picture.Size.Height, picture.Bytes, picture.Seed, JobRow.TextOf(picture));
        if (added == 0)
            return job;
        await AddEventAsync(job, JobEventType.Picture, now, picture.Index);
        return job with { LastEvent = job.LastEvent + 1 };
    }

    /// <summary>How many pictures the job has once this one is among them.</summary>
    public async ValueTask<int> DrawnAsync(JobHead job, JobPicture? last)
    {
        var places = await session.QueryAsync("SELECT place FROM pictures WHERE job = $1", r => r.Int(), job.Id.Value);
        return places.Count + (last is not null && !places.Contains(last.Index) ? 1 : 0);
    }

    private ValueTask AddEventAsync(JobHead job, JobEventType type, DateTimeOffset now, int? picture = null) =>
        InsertEventAsync(job.Id, job.LastEvent + 1, type, now, job.Attempt, picture);

    private ValueTask InsertEventAsync(JobId job, int sequence, JobEventType type, DateTimeOffset now, int attempt, int? picture = null)
    {
        session.Announce();
        return session.PostAsync(
            "INSERT INTO job_events (job, sequence, type, at, attempt, picture) VALUES ($1, $2, $3, $4, $5, $6)",
            job.Value, sequence, SqlName<JobEventType>.Of(type), now, attempt, picture);
    }

    private static JobEventType EventOf(JobState end) => end switch
    {
        JobState.Succeeded => JobEventType.Succeeded,
        JobState.Failed => JobEventType.Failed,
        JobState.Cancelled => JobEventType.Cancelled,
        _ => throw new ArgumentOutOfRangeException(nameof(end), end, "not an end"),
    };
}
