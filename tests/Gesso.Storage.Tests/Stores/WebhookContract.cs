using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;

namespace Gesso.Storage.Tests.Stores;

public abstract class WebhookContract(StoreKind kind) : StoreContract(kind)
{
    private static readonly WebhookTarget Target = new(new Uri("https://example.org/hook?x=1"), "whsec_x");

    [Fact]
    public async Task Every_end_of_a_job_is_told()
    {
        JobDraft Webhooked() => Draft() with { Webhook = Target, Deadline = Now.AddHours(1) };
        var succeeded = await StartAsync(Webhooked());
        Assert.True(await Jobs.CompleteAsync(succeeded.CurrentAttempt, Picture(0), 1, Now));
        var failed = await StartAsync(Webhooked());
        Assert.True(await Jobs.FailAsync(failed.CurrentAttempt, JobFailure.OfDeadline, 1, Now));
        var cancelled = await SubmitAsync(Webhooked());
        _ = await Jobs.CancelAsync(null, cancelled.Id, Now);
        var late = await SubmitAsync(Webhooked());
        Assert.Single(await Jobs.ExpireDeadlinesAsync(Now.AddHours(2)));
        var silent = await StartAsync();
        _ = await Jobs.CancelAsync(null, silent.Id, Now);

        var due = await Stores.Webhooks.TakeDueAsync(Now.AddHours(2), Now.AddHours(3), 10);

        Assert.Equal(
            [(succeeded.Id, JobState.Succeeded), (failed.Id, JobState.Failed), (cancelled.Id, JobState.Cancelled), (late.Id, JobState.Failed)],
            due.Select(d => (d.Job, d.State)));
        Assert.Equal(new WebhookDelivery(WebhookDelivery.IdOf(succeeded.Id), succeeded.Id, Tenant, JobState.Succeeded, Target, Now, 0, Now), due[0]);
    }

    [Fact]
    public async Task Taken_delivery_comes_back_after_its_lease()
    {
        await EndAsync(1);

        Assert.Single(await Stores.Webhooks.TakeDueAsync(Now, Now.AddMinutes(1), 10));
        Assert.Empty(await Stores.Webhooks.TakeDueAsync(Now.AddSeconds(59), Now.AddMinutes(2), 10));
        Assert.Single(await Stores.Webhooks.TakeDueAsync(Now.AddSeconds(60), Now.AddMinutes(2), 10));
    }

    [Fact]
    public async Task Delivery_is_put_off_and_removed()
    {
        await EndAsync(1);
        var delivery = Assert.Single(await Stores.Webhooks.TakeDueAsync(Now, Now.AddMinutes(1), 10));

        await Stores.Webhooks.RescheduleAsync(delivery.Id, 3, Now.AddHours(1));
        var again = Assert.Single(await Stores.Webhooks.TakeDueAsync(Now.AddHours(1), Now.AddHours(2), 10));
        Assert.Equal((3, Now.AddHours(1)), (again.Tries, again.Next));

        await Stores.Webhooks.RemoveAsync(delivery.Id);
        Assert.Empty(await Stores.Webhooks.TakeDueAsync(Now.AddDays(9), Now.AddDays(10), 10));
    }

    [Fact]
    public async Task Servers_that_take_at_the_same_time_share_the_deliveries()
    {
        await EndAsync(40);

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            List<string> mine = [];
            for (int i = 0; i < 4; i++)
                mine.AddRange((await Stores.Webhooks.TakeDueAsync(Now, Now.AddMinutes(1), 5)).Select(d => d.Id));
            return mine;
        })));

        var all = taken.SelectMany(t => t).ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.Equal(40, all.Count + (await Stores.Webhooks.TakeDueAsync(Now, Now.AddMinutes(1), 100)).Count);
    }

    private async Task EndAsync(int jobs)
    {
        foreach (var submission in await Jobs.SubmitAsync([.. Enumerable.Range(0, jobs).Select(_ => Draft() with { Webhook = Target })]))
            _ = await Jobs.CancelAsync(null, submission.Job!.Id, Now);
    }
}

public sealed class MemoryWebhookTests() : WebhookContract(StoreKind.Memory);

public sealed class SqliteWebhookTests() : WebhookContract(StoreKind.Sqlite);

public sealed class PostgresWebhookTests() : WebhookContract(StoreKind.Postgres);
