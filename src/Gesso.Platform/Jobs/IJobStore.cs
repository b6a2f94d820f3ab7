namespace Gesso.Platform.Jobs;

/// <summary>A worker that is free.</summary>
/// <param name="Worker">Who asks.</param>
/// <param name="Models">The models it can draw with.</param>
/// <param name="Resident"><see cref="ImageJob.AffinityKey"/> of what it holds in memory.</param>
/// <param name="MaxBatch">How many jobs of one shape it takes together, 1 and more.</param>
/// <param name="Now">For ages and start times.</param>
public sealed record ClaimRequest(WorkerId Worker, IReadOnlyCollection<string> Models, string? Resident, int MaxBatch, DateTimeOffset Now);

/// <summary>What a worker got that waits where jobs are stored.</summary>
/// <param name="Jobs">Claimed; empty when it was withdrawn.</param>
/// <param name="Seen">To go on from.</param>
public readonly record struct NextClaim(IReadOnlyList<Job> Jobs, long Seen)
{
    /// <summary>Nothing was seen yet: look first.</summary>
    public static NextClaim None => new([], 0);
}

/// <summary>A running job as its watcher sees it: when <see cref="Beat"/> stands still for the length of a lease, its worker is gone.</summary>
public readonly record struct RunningJob(JobAttempt Attempt, WorkerId Worker, long Beat);

public enum CancelOutcome
{
    /// <summary>No such job of this tenant.</summary>
    Unknown,

    Cancelled,

    /// <summary>It had reached its end before.</summary>
    AlreadyFinal,
}

/// <param name="Tenant">Null: all tenants (administration).</param>
/// <param name="States">Empty: all.</param>
/// <param name="Batch">Only jobs of this batch.</param>
/// <param name="Before">Older than this id.</param>
/// <param name="Limit">1 … 1000.</param>
public sealed record JobQuery(TenantId? Tenant, IReadOnlyCollection<JobState> States, BatchId? Batch, JobId? Before, int Limit);

/// <summary>Numbers of the whole queue.</summary>
/// <param name="Queued">Jobs waiting.</param>
/// <param name="Running">Jobs being drawn.</param>
/// <param name="QueuedSeconds">Device time of the waiting ones, as estimated.</param>
/// <param name="OldestQueued">When the first waiting one of each tenant, by id, was made; the earliest of these.</param>
public sealed record QueueNumbers(long Queued, long Running, double QueuedSeconds, DateTimeOffset? OldestQueued);

/// <summary>Waiting jobs that will go first.</summary>
/// <param name="Jobs">How many.</param>
/// <param name="Seconds">Their device time, as estimated.</param>
public sealed record QueuePlace(long Jobs, double Seconds)
{
    /// <summary>Further back, the first so many jobs of each model are told: counting costs, and nobody waits by such a number.</summary>
    public const int FarthestCounted = 10_000;
}

/// <summary>
/// The durable queue. Every method is one transaction; the changes it promises are on disk when its task completes. SQLite, PostgreSQL and the in-memory
/// model of the tests give the same answers to the same calls.
/// </summary>
public interface IJobStore
{
    /// <summary>Stores jobs, each on its own terms: a full queue refuses those that do not fit and keeps the others.</summary>
    Task<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<JobDraft> drafts, CancellationToken cancellation = default);

    /// <summary>
    /// Takes the job that is due (<see cref="Scheduler"/>) and, up to <see cref="ClaimRequest.MaxBatch"/>, others of its shape. Each is Running afterwards, its
    /// attempt one higher. Empty when nothing waits for these models. A crash may undo a claim: the job waits again, which loses nothing.
    /// </summary>
    Task<IReadOnlyList<Job>> ClaimAsync(ClaimRequest request, CancellationToken cancellation = default);

    /// <summary>
    /// Claims as above what this process stores next: in the very transaction that stores it where the store can, else right after. For workers inside the process
    /// that takes orders; jobs that others store, or give back, are found by looking.
    /// </summary>
    /// <param name="request">Made anew for each look.</param>
    /// <param name="seen"><see cref="NextClaim.Seen"/> of the last answer: what was stored since is looked for at once. 0: look at once.</param>
    /// <param name="withdraw">Ends the wait with <see cref="NextClaim.None"/>; what was claimed in the same moment is given out all the same.</param>
    Task<NextClaim> ClaimNextAsync(Func<ClaimRequest> request, long seen, CancellationToken withdraw);

    /// <summary>Raises the beat of those attempts that still hold their job, and gives them back; the others are lost to a cancel or another attempt.</summary>
    Task<IReadOnlySet<JobAttempt>> RenewAsync(IReadOnlyCollection<JobAttempt> attempts, CancellationToken cancellation = default);

    /// <summary>Which of these attempts still hold their job; changes nothing. Asked at every denoising step, so that a cancel takes effect within one.</summary>
    Task<IReadOnlySet<JobAttempt>> HeldAsync(IReadOnlyCollection<JobAttempt> attempts, CancellationToken cancellation = default);

    /// <summary>Notes how far the attempt is. False: the attempt is not the current one, nothing changed.</summary>
    Task<bool> CheckpointAsync(JobAttempt attempt, JobCheckpoint checkpoint, CancellationToken cancellation = default);

    /// <summary>Adds a finished picture (and drops the checkpoint of it); the same index twice keeps the first. False as above.</summary>
    Task<bool> AddPictureAsync(JobAttempt attempt, JobPicture picture, DateTimeOffset now, CancellationToken cancellation = default);

    /// <summary>Ends the attempt with success, adding <paramref name="last"/> first. Refused (false) when the attempt is not current or a picture is missing.</summary>
    Task<bool> CompleteAsync(JobAttempt attempt, JobPicture? last, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default);

    /// <summary>Ends the job for good. False: not the current attempt.</summary>
    Task<bool> FailAsync(JobAttempt attempt, JobFailure failure, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default);

    /// <summary>Puts the job back at its place in the queue without blame: its worker is being stopped. False: not the current attempt.</summary>
    Task<bool> ReturnAsync(JobAttempt attempt, double deviceSeconds, DateTimeOffset now, CancellationToken cancellation = default);

    /// <summary>
    /// Takes the job from a worker that died or fell silent, if nothing was heard from it since <paramref name="job"/> was read. It waits again, or is
    /// quarantined (Failed) at <see cref="SchedulingPolicy.MaxCrashes"/>. False: the beat or attempt moved on.
    /// </summary>
    Task<bool> ExpireAsync(RunningJob job, DateTimeOffset now, CancellationToken cancellation = default);

    /// <summary>All running jobs of a worker known to be dead, as <see cref="ExpireAsync"/> does. The number of jobs.</summary>
    Task<int> ExpireWorkerAsync(WorkerId worker, DateTimeOffset now, CancellationToken cancellation = default);

    /// <summary>Fails unfinished jobs whose deadline is before <paramref name="now"/>, and gives them back.</summary>
    Task<IReadOnlyList<JobId>> ExpireDeadlinesAsync(DateTimeOffset now, CancellationToken cancellation = default);

    /// <param name="tenant">Null: any (administration).</param>
    /// <param name="id">Which.</param>
    /// <param name="now">Its end.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<CancelOutcome> CancelAsync(TenantId? tenant, JobId id, DateTimeOffset now, CancellationToken cancellation = default);

    Task<IReadOnlyList<RunningJob>> RunningAsync(CancellationToken cancellation = default);

    /// <summary>Null: no such job of this tenant (null tenant: of any).</summary>
    Task<Job?> FindAsync(TenantId? tenant, JobId id, CancellationToken cancellation = default);

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<Job>> ListAsync(JobQuery query, CancellationToken cancellation = default);

    /// <summary>Events of these jobs after the given number, in order; jobs without news are absent.</summary>
    Task<IReadOnlyList<JobEvent>> EventsAsync(IReadOnlyDictionary<JobId, int> after, CancellationToken cancellation = default);

    /// <summary>How many waiting jobs of the same tenant go first; null when the job does not wait.</summary>
    Task<QueuePlace?> PlaceAsync(JobId id, CancellationToken cancellation = default);

    /// <param name="tenant">Null: all.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<QueueNumbers> NumbersAsync(TenantId? tenant, CancellationToken cancellation = default);

    /// <summary>How many jobs of a batch are in each state.</summary>
    Task<IReadOnlyDictionary<JobState, long>> CountAsync(TenantId tenant, BatchId batch, CancellationToken cancellation = default);

    /// <summary>Forgets a finished job with its events and picture entries (files are collected later). False: unknown or not finished.</summary>
    Task<bool> RemoveAsync(TenantId tenant, JobId id, CancellationToken cancellation = default);

    /// <summary>Forgets jobs finished before that moment, at most <paramref name="limit"/> a call. The number of jobs.</summary>
    Task<int> RemoveFinishedAsync(DateTimeOffset before, int limit, CancellationToken cancellation = default);
}

/// <summary>Progress that may be lost: the last value of each job.</summary>
public interface IProgressBus
{
    Task PublishAsync(JobProgress progress, CancellationToken cancellation = default);

    /// <summary>Progress of these jobs where it differs from the attempt and version given.</summary>
    Task<IReadOnlyList<JobProgress>> ReadAsync(IReadOnlyDictionary<JobId, (int Attempt, long Version)> after, CancellationToken cancellation = default);

    /// <summary>Forgets these jobs, and whatever was published before the moment.</summary>
    Task RemoveAsync(IReadOnlyCollection<JobId> jobs, DateTimeOffset before, CancellationToken cancellation = default);
}

/// <summary>Tells that something may have changed, in this process or another: readers look again. It may tell too often, never too seldom for long.</summary>
public interface IChangeSignal
{
    /// <summary>Differs after each change of jobs or progress. Read it before looking, so that no change falls between looking and waiting.</summary>
    long Version { get; }

    /// <summary>Completes when <see cref="Version"/> differs from <paramref name="seen"/>, at the latest after <paramref name="longest"/>.</summary>
    Task WaitAsync(long seen, TimeSpan longest, CancellationToken cancellation = default);
}
