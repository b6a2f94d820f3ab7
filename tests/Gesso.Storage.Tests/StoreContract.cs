using Gesso.Contracts.Images;
using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;

namespace Gesso.Storage.Tests;

/// <summary>
/// Base of the tests that every kind of store passes: each class of them has a subclass for the model in memory, SQLite and PostgreSQL. What is random is in
/// <see cref="Histories.HistoryTests"/>; here each promise has a test with its name.
/// </summary>
public abstract class StoreContract(StoreKind kind) : IAsyncLifetime
{
    private TestStores? _stores;
    private int _ids;

    protected static DateTimeOffset Now { get; } = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    protected static WorkerId Worker { get; } = new("worker_1");

    protected static TenantId Tenant { get; } = new("tenant_1");

    protected virtual SchedulingPolicy Policy => new();

    private protected PlatformStores Stores => _stores!.Stores;

    protected IJobStore Jobs => Stores.Jobs;

    public async ValueTask InitializeAsync() => _stores = await TestStores.OpenAsync(kind, Policy);

    public async ValueTask DisposeAsync()
    {
        if (_stores is not null)
            await _stores.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected JobDraft Draft(string? tenant = null, string model = "schnell", int count = 1) => new()
    {
        Id = new JobId($"{JobId.Prefix}{Interlocked.Increment(ref _ids):D26}"),
        Tenant = tenant is null ? Tenant : new TenantId(tenant),
        Key = new ApiKeyId("key_1"),
        Work = new ImageJob { Model = model, Prompt = "a red apple", Seed = 7, Count = count },
        Created = Now,
        EstimatedSeconds = 2,
    };

    protected async Task<Job> SubmitAsync(JobDraft draft)
    {
        var submission = Assert.Single(await Jobs.SubmitAsync([draft]));
        Assert.Equal(SubmitStatus.Created, submission.Status);
        return submission.Job!;
    }

    protected async Task<Job> ClaimAsync(WorkerId? worker = null, string model = "schnell") =>
        Assert.Single(await Jobs.ClaimAsync(new ClaimRequest(worker ?? Worker, [model], null, 1, Now.AddSeconds(1))));

    /// <summary>A job that is running.</summary>
    protected async Task<Job> StartAsync(JobDraft? draft = null)
    {
        _ = await SubmitAsync(draft ?? Draft());
        return await ClaimAsync();
    }

    protected async Task<Job> FindAsync(JobId id) => (await Jobs.FindAsync(null, id))!;

    protected async Task<List<JobEvent>> EventsAsync(JobId id, int after = 0) => [.. await Jobs.EventsAsync(new Dictionary<JobId, int> { [id] = after })];

    protected static JobPicture Picture(int index) => new(index, AssetKey.Of([(byte)index]), "image/png", new ImageSize(64, 64), 100, 7 + index);
}
