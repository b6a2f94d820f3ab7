using Gesso.Platform;
using Gesso.Platform.Jobs;

namespace Gesso.Storage.Tests.Jobs;

public abstract class QueueContract(StoreKind kind) : StoreContract(kind)
{
    [Fact]
    public async Task List_is_newest_first_and_goes_on_before_a_job()
    {
        var ids = (await Jobs.SubmitAsync([.. Enumerable.Range(0, 5).Select(_ => Draft())])).Select(s => s.Job!.Id).Reverse().ToList();

        var page = await Jobs.ListAsync(Query() with { Limit = 3 });
        Assert.Equal(ids[..3], page.Select(j => j.Id));
        Assert.Equal(ids[3..], (await Jobs.ListAsync(Query() with { Limit = 3, Before = page[^1].Id })).Select(j => j.Id));
    }

    [Fact]
    public async Task List_keeps_tenants_states_and_batches_apart()
    {
        var batch = new BatchId("batch_1");
        var running = await StartAsync();
        var waiting = await SubmitAsync(Draft() with { Batch = batch });
        var foreign = await SubmitAsync(Draft("tenant_2") with { Batch = batch });

        Assert.Equal([waiting.Id, running.Id], Ids(await Jobs.ListAsync(Query(Tenant))));
        Assert.Equal([running.Id], Ids(await Jobs.ListAsync(Query() with { States = [JobState.Running, JobState.Failed] })));
        Assert.Equal([foreign.Id, waiting.Id], Ids(await Jobs.ListAsync(Query() with { Batch = batch })));
        Assert.Equal([waiting.Id], Ids(await Jobs.ListAsync(Query(Tenant) with { Batch = batch, States = [JobState.Queued] })));
    }

    [Fact]
    public async Task Tenants_do_not_find_jobs_of_others()
    {
        var job = await SubmitAsync(Draft());

        Assert.Null(await Jobs.FindAsync(new TenantId("tenant_2"), job.Id));
        Assert.NotNull(await Jobs.FindAsync(Tenant, job.Id));
        Assert.False(await Jobs.RemoveAsync(new TenantId("tenant_2"), job.Id));
    }

    [Fact]
    public async Task Place_counts_jobs_of_the_tenant_that_go_first()
    {
        _ = await SubmitAsync(Draft("tenant_2"));
        _ = await SubmitAsync(Draft(model: "dev") with { EstimatedSeconds = 1.5 });
        var later = await SubmitAsync(Draft() with { Created = Now.AddSeconds(2) });
        _ = await SubmitAsync(Draft() with { Created = Now.AddSeconds(1) });
        _ = await SubmitAsync(Draft() with { Created = Now.AddSeconds(3) });

        Assert.Equal(new QueuePlace(2, 3.5), await Jobs.PlaceAsync(later.Id));

        _ = await Jobs.CancelAsync(null, later.Id, Now);
        Assert.Null(await Jobs.PlaceAsync(later.Id));
        Assert.Null(await Jobs.PlaceAsync(new JobId("job_unknown")));
    }

    [Fact]
    public async Task Numbers_follow_every_change()
    {
        Assert.Equal(new QueueNumbers(0, 0, 0, null), await Jobs.NumbersAsync(null));

        _ = await SubmitAsync(Draft() with { Created = Now, EstimatedSeconds = 0.2 });
        _ = await SubmitAsync(Draft() with { Created = Now.AddSeconds(5), Priority = 5, EstimatedSeconds = 0.1 });
        _ = await SubmitAsync(Draft("tenant_2") with { Created = Now.AddSeconds(-5), EstimatedSeconds = 4 });
        Assert.Equal(new QueueNumbers(3, 0, 4.3, Now.AddSeconds(-5)), await Jobs.NumbersAsync(null));
        Assert.Equal(new QueueNumbers(2, 0, 0.3, Now), await Jobs.NumbersAsync(Tenant));

        var job = await ClaimAsync();
        Assert.Equal((Tenant, 5), (job.Tenant, job.Priority));
        Assert.Equal(new QueueNumbers(1, 1, 0.2, Now), await Jobs.NumbersAsync(Tenant));
        Assert.True(await Jobs.ReturnAsync(job.CurrentAttempt, 0, Now));
        Assert.Equal(new QueueNumbers(2, 0, 0.3, Now), await Jobs.NumbersAsync(Tenant));
    }

    [Fact]
    public async Task Batch_is_counted_by_state()
    {
        var batch = new BatchId("batch_1");
        _ = await Jobs.SubmitAsync([.. Enumerable.Range(0, 3).Select(_ => Draft() with { Batch = batch }), Draft(), Draft("tenant_2") with { Batch = batch }]);
        var done = await ClaimAsync();
        Assert.True(await Jobs.CompleteAsync(done.CurrentAttempt, Picture(0), 1, Now));
        _ = await Jobs.CancelAsync(null, done.Id, Now);

        var counts = await Jobs.CountAsync(Tenant, batch);

        Assert.Equal(new Dictionary<JobState, long> { [JobState.Queued] = 2, [JobState.Succeeded] = 1 }, counts);
    }

    [Fact]
    public async Task Removed_job_leaves_nothing()
    {
        var job = await StartAsync(Draft() with { Webhook = new WebhookTarget(new Uri("https://example.org"), "whsec_x") });
        Assert.False(await Jobs.RemoveAsync(Tenant, job.Id));
        Assert.True(await Jobs.CompleteAsync(job.CurrentAttempt, Picture(0), 1, Now));

        Assert.True(await Jobs.RemoveAsync(Tenant, job.Id));

        Assert.False(await Jobs.RemoveAsync(Tenant, job.Id));
        Assert.Null(await Jobs.FindAsync(null, job.Id));
        Assert.Empty(await EventsAsync(job.Id));
        Assert.Empty(await Stores.Catalog.GalleryAsync(new(Tenant, null, null, 10)));
        Assert.Empty(await Stores.Webhooks.TakeDueAsync(Now.AddDays(1), Now.AddDays(2), 10));
        Assert.Equal([Picture(0).Asset], await Stores.Catalog.UnreferencedAsync([Picture(0).Asset]));
    }

    [Fact]
    public async Task Old_jobs_are_removed_oldest_first_and_unfinished_ones_stay()
    {
        var waiting = await SubmitAsync(Draft(model: "dev"));
        List<JobId> ended = [];
        for (int i = 0; i < 4; i++)
        {
            var job = await SubmitAsync(Draft());
            _ = await Jobs.CancelAsync(null, job.Id, Now.AddMinutes(-i));
            ended.Add(job.Id);
        }

        Assert.Equal(2, await Jobs.RemoveFinishedAsync(Now, 2));
        Assert.Equal([ended[1], ended[0], waiting.Id], Ids(await Jobs.ListAsync(Query())));
        Assert.Equal(1, await Jobs.RemoveFinishedAsync(Now, 10));
        Assert.Equal([ended[0], waiting.Id], Ids(await Jobs.ListAsync(Query())));
    }

    [Fact]
    public async Task Events_are_given_for_many_jobs_at_once()
    {
        var jobs = (await Jobs.SubmitAsync([.. Enumerable.Range(0, 600).Select(_ => Draft())])).Select(s => s.Job!.Id).ToList();
        var started = await ClaimAsync();

        var events = await Jobs.EventsAsync(jobs.ToDictionary(j => j, j => j == jobs[1] ? 1 : 0));

        Assert.Equal(600, events.Count);
        Assert.Equal([1, 2], events.Where(e => e.Job == started.Id).Select(e => e.Sequence));
        Assert.DoesNotContain(events, e => e.Job == jobs[1]);
        Assert.Empty(await Jobs.EventsAsync(new Dictionary<JobId, int>()));
    }

    private static JobQuery Query(TenantId? tenant = null) => new(tenant, [], null, null, 100);

    private static IEnumerable<JobId> Ids(IEnumerable<Job> jobs) => jobs.Select(j => j.Id);
}

public sealed class MemoryQueueTests() : QueueContract(StoreKind.Memory);

public sealed class SqliteQueueTests() : QueueContract(StoreKind.Sqlite);

public sealed class PostgresQueueTests() : QueueContract(StoreKind.Postgres);
