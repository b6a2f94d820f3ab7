using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;

namespace Gesso.Testing.Platform;

/// <summary>
/// The platform's stores as plain lists behind one lock: the model that the databases are compared with, and a fast stand-in for tests that need no database.
/// It looks through everything at every question, so that there is nothing in it to be wrong.
/// </summary>
public sealed class MemoryPlatform
{
    public MemoryPlatform(SchedulingPolicy? policy = null, TimeProvider? time = null)
    {
        Policy = policy ?? new SchedulingPolicy();
        Time = time ?? TimeProvider.System;
        Signal = new MemoryChangeSignal(Time);
        Stores = new PlatformStores
        {
            Jobs = new MemoryJobStore(this),
            Progress = new MemoryProgressBus(this),
            Signal = Signal,
            Catalog = new MemoryAssetCatalog(this),
            Assets = new MemoryAssetStore(Time),
            Accounts = new MemoryAccountStore(this),
            Workers = new MemoryWorkerRegistry(),
            Webhooks = new MemoryWebhookOutbox(this),
            CheckAsync = _ => Task.CompletedTask,
        };
    }

    public PlatformStores Stores { get; }

    internal SchedulingPolicy Policy { get; }

    internal TimeProvider Time { get; }

    internal MemoryChangeSignal Signal { get; }

    internal Lock Lock { get; } = new();

    internal Dictionary<JobId, MemoryJob> Jobs { get; } = [];

    internal Dictionary<TenantId, double> TenantTimes { get; } = [];

    internal Dictionary<TenantId, Tenant> Tenants { get; } = [];

    internal Dictionary<string, WebhookDelivery> Webhooks { get; } = [];

    internal IEnumerable<MemoryJob> JobsOf(TenantId tenant) => Jobs.Values.Where(j => j.Job.Tenant == tenant);

    internal double WeightOf(TenantId tenant) => Tenants.TryGetValue(tenant, out var known) ? known.Weight : 1;

    /// <summary>Stores keep milliseconds.</summary>
    internal static DateTimeOffset Stored(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}

/// <summary>A job with what its owner does not see.</summary>
internal sealed class MemoryJob(Job job, long rank, IdempotencyKey? idempotency)
{
    public Job Job { get; set; } = job;

    public long Rank => rank;

    public IdempotencyKey? Idempotency => idempotency;

    public int Passes { get; set; }

    public List<JobEvent> Events { get; } = [];

    public bool Waits => Job.State == JobState.Queued;

    public bool Runs => Job.State == JobState.Running;

    public bool Holds(JobAttempt attempt) => Runs && Job.Attempt == attempt.Number;

    public void Add(JobEventType type, DateTimeOffset at, int? picture = null)
    {
        Events.Add(new JobEvent(Job.Id, Events.Count + 1, type, MemoryPlatform.Stored(at), Job.Attempt, picture));
        Job = Job with { LastEvent = Events.Count };
    }
}
