using Gesso.Platform;
using Gesso.Platform.Jobs;

namespace Gesso.Storage.Tests.Jobs;

public abstract class SubmissionContract(StoreKind kind) : StoreContract(kind)
{
    [Fact]
    public async Task Submitted_job_is_found_as_it_was_told()
    {
        var draft = Draft() with
        {
            Priority = 3,
            Created = Now.AddTicks(12345),
            Deadline = Now.AddHours(1).AddTicks(999),
            EstimatedSeconds = 1.234567,
            Batch = new BatchId("batch_1"),
            CustomId = "line 1",
            Webhook = new WebhookTarget(new Uri("https://example.org/a?b=c d"), "whsec_x"),
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        };

        var told = await SubmitAsync(draft);

        Assert.Equal(Histories.Answer.Of(told), Histories.Answer.Of(await FindAsync(draft.Id)));
        Assert.Equal((JobState.Queued, 0, 0, 1, 3), (told.State, told.Attempt, told.Crashes, told.LastEvent, told.Priority));
        Assert.Equal((Now.AddMilliseconds(1), 1.234567), (told.Created, told.EstimatedSeconds));
        Assert.Equal(JobEventType.Queued, Assert.Single(await EventsAsync(draft.Id)).Type);
    }

    [Fact]
    public async Task Same_key_and_request_give_the_same_job()
    {
        var first = Draft() with { Idempotency = new IdempotencyKey("k", "hash") };
        var again = Draft() with { Idempotency = first.Idempotency };
        var other = Draft() with { Idempotency = new IdempotencyKey("k", "another hash") };
        var foreign = Draft("tenant_2") with { Idempotency = other.Idempotency };

        var submissions = await Jobs.SubmitAsync([first, again, other, foreign]);

        Assert.Equal([SubmitStatus.Created, SubmitStatus.Existing, SubmitStatus.KeyReused, SubmitStatus.Created], submissions.Select(s => s.Status));
        Assert.Equal([first.Id, first.Id, first.Id, foreign.Id], submissions.Select(s => s.Job!.Id));
        Assert.Equal(2, (await Jobs.NumbersAsync(null)).Queued);
    }

    [Fact]
    public async Task Same_key_gives_the_job_even_when_the_queue_is_full_or_the_job_is_over()
    {
        var draft = Draft() with { Idempotency = new IdempotencyKey("k", "hash"), TenantQueueLimit = 1, QueueLimit = 1 };
        _ = await SubmitAsync(draft);
        Assert.Equal(SubmitStatus.Existing, (await Jobs.SubmitAsync([draft with { Id = new JobId("job_2") }]))[0].Status);

        _ = await Jobs.CancelAsync(null, draft.Id, Now);
        var submission = (await Jobs.SubmitAsync([draft with { Id = new JobId("job_3") }]))[0];

        Assert.Equal((SubmitStatus.Existing, JobState.Cancelled), (submission.Status, submission.Job!.State));
    }

    [Fact]
    public async Task Key_is_free_again_when_its_job_is_removed()
    {
        var draft = Draft() with { Idempotency = new IdempotencyKey("k", "hash") };
        _ = await SubmitAsync(draft);
        _ = await Jobs.CancelAsync(null, draft.Id, Now);
        Assert.True(await Jobs.RemoveAsync(Tenant, draft.Id));

        Assert.Equal(SubmitStatus.Created, (await Jobs.SubmitAsync([draft with { Id = new JobId("job_2") }]))[0].Status);
    }

    [Fact]
    public async Task Hundred_simultaneous_submits_of_one_key_make_one_job()
    {
        var key = new IdempotencyKey("k", "hash");
        var drafts = Enumerable.Range(0, 100).Select(_ => Draft() with { Idempotency = key }).ToList();

        var submissions = await Task.WhenAll(drafts.Select(d => Task.Run(() => Jobs.SubmitAsync([d]))));

        Assert.Single(submissions.Select(s => s[0].Job!.Id).Distinct());
        Assert.Equal(1, submissions.Count(s => s[0].Status == SubmitStatus.Created));
        Assert.Equal(1, (await Jobs.NumbersAsync(null)).Queued);
    }

    [Fact]
    public async Task Full_queue_of_a_tenant_refuses_what_does_not_fit_and_keeps_the_rest()
    {
        string[] tenants = ["tenant_1", "tenant_1", "tenant_1", "tenant_1", "tenant_2"];

        var submissions = await Jobs.SubmitAsync([.. tenants.Select(tenant => Draft(tenant) with { TenantQueueLimit = 2 })]);

        Assert.Equal(
            [SubmitStatus.Created, SubmitStatus.Created, SubmitStatus.TenantQueueFull, SubmitStatus.TenantQueueFull, SubmitStatus.Created],
            submissions.Select(s => s.Status));
        Assert.Null(submissions[2].Job);
    }

    [Fact]
    public async Task Running_jobs_count_for_the_tenant_but_not_for_the_whole_queue()
    {
        _ = await StartAsync();

        Assert.Equal(SubmitStatus.TenantQueueFull, (await Jobs.SubmitAsync([Draft() with { TenantQueueLimit = 1 }]))[0].Status);
        Assert.Equal(SubmitStatus.Created, (await Jobs.SubmitAsync([Draft() with { QueueLimit = 1 }]))[0].Status);
        Assert.Equal(SubmitStatus.QueueFull, (await Jobs.SubmitAsync([Draft("tenant_2") with { QueueLimit = 1 }]))[0].Status);
    }

    [Fact]
    public async Task Limits_hold_for_simultaneous_submits_of_a_tenant()
    {
        var drafts = Enumerable.Range(0, 60).Select(_ => Draft() with { TenantQueueLimit = 10 }).ToList();

        var submissions = await Task.WhenAll(drafts.Select(d => Task.Run(() => Jobs.SubmitAsync([d]))));

        Assert.Equal(10, submissions.Count(s => s[0].Status == SubmitStatus.Created));
        Assert.Equal(10, (await Jobs.NumbersAsync(Tenant)).Queued);
    }

    [Fact]
    public async Task Thousand_drafts_are_stored_in_one_call()
    {
        var submissions = await Jobs.SubmitAsync([.. Enumerable.Range(0, 1000).Select(i => Draft($"tenant_{i % 7}"))]);

        Assert.All(submissions, s => Assert.Equal(SubmitStatus.Created, s.Status));
        Assert.Equal(1000, (await Jobs.NumbersAsync(null)).Queued);
    }
}

public sealed class MemorySubmissionTests() : SubmissionContract(StoreKind.Memory);

public sealed class SqliteSubmissionTests() : SubmissionContract(StoreKind.Sqlite);

public sealed class PostgresSubmissionTests() : SubmissionContract(StoreKind.Postgres);
