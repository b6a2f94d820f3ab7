using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;
using Gesso.Server.Hosting;
using Gesso.Server.Maintenance;
using Gesso.Storage;
using Gesso.Storage.Assets;
using Gesso.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Maintenance;

/// <summary>Chores on real SQLite and a clock of the test.</summary>
public sealed class ChoreTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TenantId Tenant = new("tenant_a");
    private static readonly WorkerId Worker = new("worker_a");

    private readonly TestFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ServerOptions _options = new();
    private MaintenanceMeter _meter = null!;
    private GessoDatabase _database = null!;
    private IAssetStore _assets = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _meter = new MaintenanceMeter(_meters.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        _database = await GessoDatabase.OpenAsync("sqlite:" + _folder.At("gesso.db"), new SchedulingPolicy(), _time, Cancellation);
        _assets = AssetStores.Open("folder:" + _folder.At("assets"), _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _meters.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Job_of_a_silent_worker_waits_again_after_the_lease_not_before()
    {
        var job = await ClaimAsync(await SubmitAsync());
        var chore = LeaseChore(_database.Jobs);

        await EverySecondAsync(chore, 15);
        Assert.Equal(JobState.Running, (await FindAsync(job.Id)).State);
        await EverySecondAsync(chore, 2);

        var found = await FindAsync(job.Id);
        Assert.Equal(JobState.Queued, found.State);
        Assert.Equal(1, found.Crashes);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Silence_is_noticed_with_short_leases_too(double seconds)
    {
        var lease = TimeSpan.FromSeconds(seconds);
        var job = await ClaimAsync(await SubmitAsync());
        await _database.Workers.SaveAsync(Record("worker_dead"), Cancellation);
        LeaseChore leases = new(_database.Jobs, _meter, _time, lease, NullLogger<LeaseChore>.Instance);
        WorkerChore workers = new(_database.Workers, _time, lease, NullLogger<WorkerChore>.Instance);

        // loops are a little late
        await EachPeriodAsync(leases, 2 * lease, late: 1.2);
        await EachPeriodAsync(workers, 6 * lease, late: 1.2);

        Assert.Equal(JobState.Queued, (await FindAsync(job.Id)).State);
        Assert.Empty(await _database.Workers.ListAsync(Cancellation));
    }

    [Fact]
    public async Task Job_of_a_worker_that_renews_stays_with_it()
    {
        var job = await ClaimAsync(await SubmitAsync());
        var chore = LeaseChore(_database.Jobs);

        for (int i = 0; i < 40; i++)
        {
            await EverySecondAsync(chore, 3);
            Assert.Single(await _database.Jobs.RenewAsync([job.CurrentAttempt], Cancellation));
        }

        Assert.Equal(JobState.Running, (await FindAsync(job.Id)).State);
    }

    [Fact]
    public async Task Jobs_are_kept_when_it_was_the_store_that_was_away()
    {
        var job = await ClaimAsync(await SubmitAsync());
        var (jobs, outage) = StoreOutage.Around(_database.Jobs);
        var chore = LeaseChore(jobs);
        await EverySecondAsync(chore, 5);

        outage.Away = true;
        for (int i = 0; i < 60; i++)
        {
            _time.Advance(Second);
            await Assert.ThrowsAnyAsync<Exception>(() => chore.RunAsync(Cancellation));
        }
        outage.Away = false;
        await EverySecondAsync(chore, 10);
        Assert.Single(await _database.Jobs.RenewAsync([job.CurrentAttempt], Cancellation));
        await EverySecondAsync(chore, 10);

        Assert.Equal(JobState.Running, (await FindAsync(job.Id)).State);
    }

    [Fact]
    public async Task Jobs_are_kept_when_this_process_was_suspended()
    {
        var job = await ClaimAsync(await SubmitAsync());
        var chore = LeaseChore(_database.Jobs);
        await EverySecondAsync(chore, 5);

        _time.Advance(TimeSpan.FromHours(1));
        await EverySecondAsync(chore, 10);

        Assert.Equal(JobState.Running, (await FindAsync(job.Id)).State);
    }

    [Fact]
    public async Task Job_past_its_deadline_fails()
    {
        var id = await SubmitAsync(deadline: _time.GetUtcNow().AddSeconds(30));
        DeadlineChore chore = new(_database.Jobs, _meter, _time);

        await EverySecondAsync(chore, 29);
        Assert.Equal(JobState.Queued, (await FindAsync(id)).State);
        await EverySecondAsync(chore, 3);

        Assert.Equal(JobFailure.DeadlineExceeded, (await FindAsync(id)).Failure!.Code);
    }

    [Fact]
    public async Task Finished_jobs_uploads_and_progress_are_forgotten_when_their_time_is_over()
    {
        var finished = await SubmitAsync();
        await _database.Jobs.CancelAsync(Tenant, finished, _time.GetUtcNow(), Cancellation);
        var waiting = await SubmitAsync();
        var upload = await UploadAsync([1, 2, 3]);
        await _database.Progress.PublishAsync(new JobProgress { Attempt = new JobAttempt(finished, 1), Image = 0, Images = 1, Step = 1, Steps = 2 }, Cancellation);
        RetentionChore chore = new(_database.Jobs, _database.Catalog, _database.Progress, _meter, _options, _time);

        _time.Advance(TimeSpan.FromMinutes(30));
        await chore.RunAsync(Cancellation);
        Assert.NotNull(await _database.Catalog.FindUploadAsync(Tenant, upload, Cancellation));
        _time.Advance(TimeSpan.FromDays(1));
        await chore.RunAsync(Cancellation);
        Assert.Null(await _database.Catalog.FindUploadAsync(Tenant, upload, Cancellation));
        Assert.Empty(await _database.Progress.ReadAsync(new Dictionary<JobId, (int, long)> { [finished] = (0, 0) }, Cancellation));
        Assert.NotNull(await _database.Jobs.FindAsync(Tenant, finished, Cancellation));
        _time.Advance(_options.Retention.Jobs);
        await chore.RunAsync(Cancellation);

        Assert.Null(await _database.Jobs.FindAsync(Tenant, finished, Cancellation));
        Assert.NotNull(await _database.Jobs.FindAsync(Tenant, waiting, Cancellation));
    }

    [Fact]
    public async Task Many_finished_jobs_are_forgotten_in_one_turn()
    {
        for (int i = 0; i < 1200; i++)
            await _database.Jobs.CancelAsync(Tenant, await SubmitAsync(), _time.GetUtcNow(), Cancellation);
        RetentionChore chore = new(_database.Jobs, _database.Catalog, _database.Progress, _meter, _options, _time);

        _time.Advance(_options.Retention.Jobs + Second);
        await chore.RunAsync(Cancellation);

        Assert.Empty(await _database.Jobs.ListAsync(new JobQuery(null, [], null, null, 10), Cancellation));
    }

    [Fact]
    public async Task Files_that_nothing_refers_to_are_deleted_after_a_grace()
    {
        var kept = await UploadAsync([1, 2, 3]);
        var orphan = await _assets.PutAsync(new byte[] { 4, 5, 6 }, Cancellation);
        AssetChore chore = new(_assets, _database.Catalog, _meter, _options, _time);

        await chore.RunAsync(Cancellation);
        Assert.NotNull(await _assets.ReadAsync(orphan, Cancellation));
        _time.Advance(_options.Retention.Orphans + Second);
        await chore.RunAsync(Cancellation);

        Assert.Null(await _assets.ReadAsync(orphan, Cancellation));
        Assert.NotNull(await _assets.ReadAsync(kept, Cancellation));
    }

    [Fact]
    public async Task Worker_that_tells_nothing_is_struck_off_and_one_that_does_is_not()
    {
        await _database.Workers.SaveAsync(Record("worker_dead"), Cancellation);
        await _database.Workers.SaveAsync(Record("worker_alive"), Cancellation);
        WorkerChore chore = new(_database.Workers, _time, Lease, NullLogger<WorkerChore>.Instance);

        for (int i = 0; i < 14; i++)
        {
            await chore.RunAsync(Cancellation);
            await _database.Workers.SaveAsync(Record("worker_alive"), Cancellation);
            _time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal("worker_alive", Assert.Single(await _database.Workers.ListAsync(Cancellation)).Id.Value);
    }

    [Fact]
    public async Task Loop_outlasts_a_chore_that_fails()
    {
        int runs = 0;
        using SemaphoreSlim ran = new(0);
        TestChore chore = new(() =>
        {
            ran.Release();
            return ++runs < 3 ? throw GessoException.Unavailable("database_unavailable", "Away.") : runs < 5 ? throw new InvalidOperationException("A defect.") : Task.CompletedTask;
        });
        using ChoreLoops loops = new([chore], _time, NullLogger<ChoreLoops>.Instance);
        await loops.StartAsync(Cancellation);

        while (Volatile.Read(ref runs) < 6)
        {
            _time.Advance(chore.Period);
            await ran.WaitAsync(TimeSpan.FromMilliseconds(100), Cancellation);
        }

        await loops.StopAsync(Cancellation);
        Assert.False(loops.ExecuteTask!.IsFaulted);
    }

    private LeaseChore LeaseChore(IJobStore jobs) => new(jobs, _meter, _time, Lease, NullLogger<LeaseChore>.Instance);

    private async Task EverySecondAsync(IChore chore, int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            await chore.RunAsync(Cancellation);
            _time.Advance(Second);
        }
    }

    private async Task EachPeriodAsync(IChore chore, TimeSpan length, double late)
    {
        for (var end = _time.GetUtcNow() + length; _time.GetUtcNow() < end; _time.Advance(chore.Period * late))
            await chore.RunAsync(Cancellation);
    }

    private async Task<JobId> SubmitAsync(DateTimeOffset? deadline = null)
    {
        JobDraft draft = new()
        {
            Id = new SortableId(_time).NewJob(),
            Tenant = Tenant,
            Key = new ApiKeyId("key_a"),
            Work = new ImageJob { Model = "m", Prompt = "p", Seed = 1 },
            Created = _time.GetUtcNow(),
            Deadline = deadline,
            EstimatedSeconds = 1,
        };
        Assert.Equal(SubmitStatus.Created, (await _database.Jobs.SubmitAsync([draft], Cancellation)).Single().Status);
        return draft.Id;
    }

    private async Task<Job> ClaimAsync(JobId id)
    {
        var job = Assert.Single(await _database.Jobs.ClaimAsync(new ClaimRequest(Worker, ["m"], null, 1, _time.GetUtcNow()), Cancellation));
        Assert.Equal(id, job.Id);
        return job;
    }

    private async Task<Job> FindAsync(JobId id) => (await _database.Jobs.FindAsync(Tenant, id, Cancellation))!;

    private async Task<AssetKey> UploadAsync(byte[] content)
    {
        var asset = await _assets.PutAsync(content, Cancellation);
        var now = _time.GetUtcNow();
        await _database.Catalog.AddUploadAsync(new UploadedPicture(Tenant, asset, "image/png", new ImageSize(16, 16), content.Length, now, now + _options.Retention.Uploads), Cancellation);
        return asset;
    }

    private WorkerRecord Record(string id) => new()
    {
        Id = new WorkerId(id),
        Host = "here",
        ProcessId = 1,
        Device = "cpu",
        Models = ["m"],
        State = WorkerState.Ready,
        Seen = _time.GetUtcNow(),
    };

    private sealed class TestChore(Func<Task> run) : IChore
    {
        public string Name => "test";

        public TimeSpan Period { get; } = TimeSpan.FromSeconds(1);

        public Task RunAsync(CancellationToken cancellation) => run();
    }
}
