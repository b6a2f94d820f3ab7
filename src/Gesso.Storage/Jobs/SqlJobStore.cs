using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>The queue in SQL.</summary>
internal sealed class SqlJobStore : IJobStore
{
    /// <summary>Jobs that chores touch in one transaction, so that others need not wait long for them.</summary>
    private const int Chunk = 500;

    private readonly ISqlDatabase _database;
    private readonly SchedulingPolicy _policy;
    private readonly SubmissionGroups? _groups;

    public SqlJobStore(ISqlDatabase database, SchedulingPolicy policy)
    {
        _database = database;
        _policy = policy;
        _groups = database.GroupsCommits ? null : new SubmissionGroups(drafts => StoreAsync(drafts, CancellationToken.None));
    }

    public Task<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<JobDraft> drafts, CancellationToken cancellation = default) =>
        _groups?.SubmitAsync(drafts, cancellation) ?? StoreAsync(drafts, cancellation);

    public Task<IReadOnlyList<Job>> ClaimAsync(ClaimRequest request, CancellationToken cancellation = default) =>
        ChangeAsync(t => JobClaims.ClaimAsync(t, request), WriteKind.DurableWhereShared, cancellation);

    public async Task<NextClaim> ClaimNextAsync(Func<ClaimRequest> request, long seen, CancellationToken withdraw)
    {
        var (claimed, now) = await _database.WriteNextAsync(
            session => JobClaims.ClaimAsync(new JobTransaction(session, _policy), request()), jobs => jobs.Count > 0, seen, withdraw).ConfigureAwait(false);
        return claimed is null ? NextClaim.None : new NextClaim(claimed, now);
    }

    public Task<IReadOnlySet<JobAttempt>> RenewAsync(IReadOnlyCollection<JobAttempt> attempts, CancellationToken cancellation = default) => _database.WriteAsync(
        s => AttemptsAsync(s, attempts, "UPDATE jobs SET beat = beat + 1 WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING id, attempt"),
        WriteKind.Relaxed, cancellation);

    public Task<IReadOnlySet<JobAttempt>> HeldAsync(IReadOnlyCollection<JobAttempt> attempts, CancellationToken cancellation = default) => _database.ReadAsync(
        s => AttemptsAsync(s, attempts, "SELECT id, attempt FROM jobs WHERE id = $1 AND attempt = $2 AND state = 'running'"), cancellation);

    public async Task<bool> CheckpointAsync(JobAttempt attempt, JobCheckpoint checkpoint, CancellationToken cancellation = default) => await _database.ExecuteAsync(
        WriteKind.Relaxed,
        "UPDATE jobs SET checkpoint_image = $3, checkpoint_step = $4, checkpoint_asset = $5 WHERE id = $1 AND attempt = $2 AND state = 'running'",
        [attempt.Job.Value, attempt.Number, checkpoint.Image, checkpoint.Step, checkpoint.Latents.Sha256],
        cancellation) == 1;

    public Task<bool> AddPictureAsync(JobAttempt attempt, JobPicture picture, DateTimeOffset now, CancellationToken cancellation = default) => ChangeHeldAsync(
        attempt,
        async (t, job) =>
        {
            await t.AddPictureAsync(job, picture, now);
            return true;
        },
        cancellation);

    public Task<bool> CompleteAsync(
        JobAttempt attempt, JobPicture? last, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default) => ChangeHeldAsync(
        attempt,
        async (t, job) =>
        {
            if ((last is null || job.Images > 1) && await t.DrawnAsync(job, last) < job.Images)
                return false;
            if (last is not null)
                job = await t.InsertPictureAsync(job, last, now);
            await t.EndAsync(job, JobState.Succeeded, failure: null, deviceSeconds, now);
            return true;
        },
        cancellation);

    public Task<bool> FailAsync(
        JobAttempt attempt, JobFailure failure, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default) => ChangeHeldAsync(
        attempt,
        async (t, job) =>
        {
            await t.EndAsync(job, JobState.Failed, failure, deviceSeconds, now);
            return true;
        },
        cancellation);

    public Task<bool> ReturnAsync(JobAttempt attempt, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default) => ChangeHeldAsync(
        attempt,
        async (t, job) =>
        {
            await t.ReturnAsync(job, deviceSeconds, job.Crashes, now);
            return true;
        },
        cancellation);

    public Task<bool> ExpireAsync(RunningJob job, DateTimeOffset now, CancellationToken cancellation = default) => ChangeHeldAsync(
        job.Attempt,
        async (t, head) =>
        {
            if (head.Beat != job.Beat)
                return false;
            await t.CrashAsync(head, now);
            return true;
        },
        cancellation);

    public async Task<int> ExpireWorkerAsync(WorkerId worker, DateTimeOffset now, CancellationToken cancellation = default) => (await ChangeEachAsync(
        "SELECT id, tenant FROM jobs WHERE worker = $2 AND state = 'running' ORDER BY id LIMIT $1",
        [worker.Value],
        job => job.State == JobState.Running,
        (t, job) => t.CrashAsync(job, now),
        cancellation)).Count;

    public Task<IReadOnlyList<JobId>> ExpireDeadlinesAsync(DateTimeOffset now, CancellationToken cancellation = default) => ChangeEachAsync(
        "SELECT id, tenant FROM jobs WHERE deadline < $2 AND finished IS NULL AND deadline IS NOT NULL ORDER BY deadline, id LIMIT $1",
        [now],
        job => !job.State.IsFinal(),
        (t, job) => t.MissDeadlineAsync(job, now),
        cancellation);

    public Task<CancelOutcome> CancelAsync(TenantId? tenant, JobId id, DateTimeOffset now, CancellationToken cancellation = default) => ChangeAsync(
        async t =>
        {
            var job = await t.FindAsync(id);
            if (job is null || (tenant is { } owner && job.Tenant != owner))
                return CancelOutcome.Unknown;
            if (job.State.IsFinal())
                return CancelOutcome.AlreadyFinal;
            await t.EndAsync(job, JobState.Cancelled, failure: null, deviceSeconds: null, now);
            return CancelOutcome.Cancelled;
        },
        WriteKind.Durable, cancellation);

    public Task<IReadOnlyList<RunningJob>> RunningAsync(CancellationToken cancellation = default) => _database.QueryAsync(
        "SELECT id, attempt, worker, beat FROM jobs WHERE state = 'running' ORDER BY id",
        [],
        r => new RunningJob(new JobAttempt(new JobId(r.Text()), r.Int()), new WorkerId(r.Text()), r.Long()),
        cancellation);

    public Task<Job?> FindAsync(TenantId? tenant, JobId id, CancellationToken cancellation = default) =>
        _database.ReadAsync(s => JobRow.FindAsync(s, tenant, id), cancellation);

    public async Task<IReadOnlyList<Job>> ListAsync(JobQuery query, CancellationToken cancellation = default) =>
        await _database.ReadAsync(s => JobLists.ListAsync(s, query), cancellation);

    public async Task<IReadOnlyList<JobEvent>> EventsAsync(IReadOnlyDictionary<JobId, int> after, CancellationToken cancellation = default) =>
        await _database.ReadAsync(s => JobQueries.EventsAsync(s, after), cancellation);

    public Task<QueuePlace?> PlaceAsync(JobId id, CancellationToken cancellation = default) => _database.ReadAsync(s => JobQueries.PlaceAsync(s, id), cancellation);

    public Task<QueueNumbers> NumbersAsync(TenantId? tenant, CancellationToken cancellation = default) =>
        _database.ReadAsync(s => JobQueries.NumbersAsync(s, tenant), cancellation);

    public async Task<IReadOnlyDictionary<JobState, long>> CountAsync(TenantId tenant, BatchId batch, CancellationToken cancellation = default)
    {
        var counts = await _database.QueryAsync(
            "SELECT state, COUNT(*) FROM jobs WHERE batch = $2 AND tenant = $1 GROUP BY state",
            [tenant.Value, batch.Value],
            r => (State: r.Name<JobState>(), Jobs: r.Long()),
            cancellation);
        return counts.ToDictionary(c => c.State, c => c.Jobs);
    }

    public async Task<bool> RemoveAsync(TenantId tenant, JobId id, CancellationToken cancellation = default) => await _database.WriteAsync(
        async s =>
        {
            int removed = await s.ExecuteAsync("DELETE FROM jobs WHERE id = $1 AND tenant = $2 AND finished IS NOT NULL", id.Value, tenant.Value);
            return AnnounceRemoved(s, removed);
        },
        WriteKind.Freeing, cancellation) == 1;

    public Task<int> RemoveFinishedAsync(DateTimeOffset before, int limit, CancellationToken cancellation = default) => _database.WriteAsync(
        async s =>
        {
            int removed = await s.ExecuteAsync(
                "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE finished < $1 AND finished IS NOT NULL ORDER BY finished, id LIMIT $2)",
                before, limit);
            return AnnounceRemoved(s, removed);
        },
        WriteKind.Freeing, cancellation);

    private Task<IReadOnlyList<Submission>> StoreAsync(IReadOnlyList<JobDraft> drafts, CancellationToken cancellation)
    {
        string[] works = [.. drafts.Select(JobRow.WorkOf)];
        var kind = drafts.All(d => d.IsAnsweredAtItsEnd) ? WriteKind.DurableWhereShared : WriteKind.Durable;
        return ChangeAsync(t => JobSubmissions.SubmitAsync(t, drafts, works), kind, cancellation);
    }

    private static int AnnounceRemoved(SqlSession session, int removed)
    {
        if (removed > 0)
            session.Announce();
        return removed;
    }

    private static async ValueTask<IReadOnlySet<JobAttempt>> AttemptsAsync(SqlSession session, IReadOnlyCollection<JobAttempt> attempts, string sql)
    {
        var current = await session.QueryEachAsync(
            sql,
            r => new JobAttempt(new JobId(r.Text()), r.Int()),
            attempts.Distinct().OrderBy(a => a.Job.Value, StringComparer.Ordinal).Select(a => new SqlValue[] { a.Job.Value, a.Number }));
        return current.ToHashSet();
    }

    private Task<T> ChangeAsync<T>(Func<JobTransaction, ValueTask<T>> change, WriteKind kind, CancellationToken cancellation) => _database.WriteAsync(
        session => change(new JobTransaction(session, _policy)), kind, cancellation);

    /// <summary>A change that only the current attempt may make; false: it is not that.</summary>
    private Task<bool> ChangeHeldAsync(JobAttempt attempt, Func<JobTransaction, JobHead, ValueTask<bool>> change, CancellationToken cancellation) => ChangeAsync(
        async t => await t.HeldAsync(attempt) is { } job && await change(t, job), WriteKind.Durable, cancellation);

    /// <summary>Changes all jobs that a question finds, a chunk in each transaction.</summary>
    /// <param name="sql">Gives id and tenant of the first $1 jobs.</param>
    /// <param name="values">Its arguments from $2 on.</param>
    /// <param name="still">Asked again once the job is locked.</param>
    /// <param name="change">What to do; afterwards the question does not find the job any more.</param>
    /// <param name="cancellation">Stops between two chunks.</param>
    private async Task<IReadOnlyList<JobId>> ChangeEachAsync(
        string sql, SqlValue[] values, Func<JobHead, bool> still, Func<JobTransaction, JobHead, ValueTask> change, CancellationToken cancellation)
    {
        List<JobId> all = [];
        while (true)
        {
            var (found, changed) = await ChangeAsync(
                async t =>
                {
                    var jobs = await t.Session.QueryAsync(sql, r => (Id: new JobId(r.Text()), Tenant: new TenantId(r.Text())), [Chunk, .. values]);
                    await t.Shares.LockAsync(jobs.Select(j => j.Tenant));
                    List<JobId> done = [];
                    foreach (var (id, _) in jobs.OrderBy(j => j.Id.Value, StringComparer.Ordinal))
                    {
                        if (await JobHead.FindAsync(t.Session, id) is not { } job || !still(job))
                            continue;
                        await change(t, job);
                        done.Add(id);
                    }
                    return (jobs.Count, done);
                },
                WriteKind.Durable, cancellation);
            all.AddRange(changed);
            if (found < Chunk)
                return all;
        }
    }
}
