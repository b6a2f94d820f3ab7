using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Platform.Jobs;

namespace Gesso.Storage.Tests.Jobs;

public abstract class ClaimContract(StoreKind kind) : StoreContract(kind)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    protected override SchedulingPolicy Policy => new() { FairnessSlackSeconds = 5, MaxPasses = 2 };

    [Fact]
    public async Task Claimed_job_runs_for_its_worker()
    {
        var draft = Draft();
        _ = await SubmitAsync(draft);

        var job = await ClaimAsync();

        Assert.Equal((draft.Id, JobState.Running, 1, Worker, Now.AddSeconds(1)), (job.Id, job.State, job.Attempt, job.Worker, job.Started));
        Assert.Equal(Histories.Answer.Of(job), Histories.Answer.Of(await FindAsync(draft.Id)));
        Assert.Equal([JobEventType.Queued, JobEventType.Started], (await EventsAsync(draft.Id)).Select(e => e.Type));
        Assert.Equal(new RunningJob(job.CurrentAttempt, Worker, job.Beat), Assert.Single(await Jobs.RunningAsync()));
        Assert.Empty(await Jobs.ClaimAsync(new ClaimRequest(Worker, ["schnell"], null, 1, Now)));
    }

    [Fact]
    public async Task Claim_takes_only_models_it_names()
    {
        _ = await SubmitAsync(Draft(model: "dev"));

        Assert.Empty(await Jobs.ClaimAsync(new ClaimRequest(Worker, ["schnell"], null, 1, Now)));
        Assert.Empty(await Jobs.ClaimAsync(new ClaimRequest(Worker, [], null, 1, Now)));
        Assert.Single(await Jobs.ClaimAsync(new ClaimRequest(Worker, ["schnell", "dev"], null, 1, Now)));
    }

    [Fact]
    public async Task Who_waits_where_jobs_are_stored_gets_the_next_one_and_each_job_once()
    {
        var waiting = NextAsync(0, CancellationToken.None);
        Assert.Empty(await Jobs.ClaimAsync(Request("schnell")));
        var other = Draft(model: "dev");
        _ = await Jobs.SubmitAsync([other]);
        var draft = Draft();
        _ = await Jobs.SubmitAsync([draft]);

        var next = await waiting.WaitAsync(Limit);

        Assert.Equal((draft.Id, JobState.Running, 1), (next.Jobs[0].Id, next.Jobs[0].State, next.Jobs[0].Attempt));
        Assert.Equal(Histories.Answer.Of(next.Jobs[0]), Histories.Answer.Of(await FindAsync(draft.Id)));
        Assert.Empty(await Jobs.ClaimAsync(Request("schnell")));
        Assert.Equal(other.Id, Assert.Single(await Jobs.ClaimAsync(Request("dev"))).Id);
    }

    [Fact]
    public async Task What_was_stored_since_the_last_answer_is_claimed_at_once()
    {
        _ = await SubmitAsync(Draft());
        var first = await NextAsync(0, CancellationToken.None).WaitAsync(Limit);
        var second = await SubmitAsync(Draft());

        var next = await NextAsync(first.Seen, CancellationToken.None).WaitAsync(Limit);

        Assert.Equal(second.Id, Assert.Single(next.Jobs).Id);
    }

    [Fact]
    public async Task Who_withdraws_gets_nothing_and_leaves_the_next_job_to_others()
    {
        using CancellationTokenSource withdraw = new();
        var waiting = NextAsync(0, withdraw.Token);

        await withdraw.CancelAsync();

        Assert.Empty((await waiting.WaitAsync(Limit)).Jobs);
        var job = await SubmitAsync(Draft());
        Assert.Equal(job.Id, (await ClaimAsync()).Id);
    }

    [Fact]
    public async Task A_wait_that_fails_does_not_harm_what_is_stored()
    {
        int looks = 0;
        var waiting = Jobs.ClaimNextAsync(() => ++looks == 1 ? Request("schnell") : throw new InvalidOperationException("looked"), 0, CancellationToken.None);

        var job = await SubmitAsync(Draft());

        Assert.Equal("looked", (await Assert.ThrowsAsync<InvalidOperationException>(() => waiting.WaitAsync(Limit))).Message);
        Assert.Equal(job.Id, (await ClaimAsync()).Id);
    }

    [Fact]
    public async Task Higher_priority_goes_first_until_the_other_has_waited_long_enough()
    {
        var early = Draft() with { Created = Now };
        var urgent = Draft() with { Created = Now.AddSeconds(90), Priority = 1 };
        var urgentAndSoon = Draft() with { Created = Now.AddSeconds(30), Priority = 1 };
        _ = await Jobs.SubmitAsync([early, urgent, urgentAndSoon]);

        Assert.Equal(urgentAndSoon.Id, (await ClaimAsync()).Id);
        Assert.Equal(early.Id, (await ClaimAsync()).Id);
        Assert.Equal(urgent.Id, (await ClaimAsync()).Id);
    }

    [Fact]
    public async Task Tenants_take_turns_by_device_time_and_weight()
    {
        await Stores.Accounts.SaveAsync(new Tenant(new TenantId("big"), "big", 3, Now));
        _ = await Jobs.SubmitAsync([.. Enumerable.Range(0, 40).Select(i => Draft(i < 20 ? "big" : "small"))]);
        List<string> order = [];
        for (int i = 0; i < 16; i++)
        {
            var job = await ClaimAsync();
            order.Add(job.Tenant.Value);
            Assert.True(await Jobs.CompleteAsync(job.CurrentAttempt, Picture(0), 2, Now));
        }

        Assert.Equal(12, order.Count(t => t == "big"));
    }

    [Fact]
    public async Task Worker_keeps_the_model_it_holds_within_bounds()
    {
        _ = await Jobs.SubmitAsync([Draft(model: "dev"), .. Enumerable.Range(0, 4).Select(_ => Draft(model: "schnell"))]);
        List<string> order = [];
        for (int i = 0; i < 4; i++)
            order.Add((await Jobs.ClaimAsync(new ClaimRequest(Worker, ["dev", "schnell"], "schnell", 1, Now)))[0].Work.Model);

        Assert.Equal(["schnell", "schnell", "dev", "schnell"], order);
    }

    [Fact]
    public async Task Jobs_of_one_shape_are_claimed_together()
    {
        var odd = Draft() with { Created = Now.AddSeconds(1), Work = Draft().Work with { Steps = 9 } };
        _ = await Jobs.SubmitAsync([Draft(), odd, Draft(), Draft("tenant_2"), Draft()]);

        var jobs = await Jobs.ClaimAsync(new ClaimRequest(Worker, ["schnell"], null, 3, Now));

        Assert.Equal(3, jobs.Count);
        Assert.DoesNotContain(odd.Id, jobs.Select(j => j.Id));
        Assert.All(jobs, j => Assert.Equal((JobState.Running, 1), (j.State, j.Attempt)));
        Assert.Equal((2, 3), await CountAsync());
    }

    [Fact]
    public async Task Simultaneous_claims_take_each_job_once()
    {
        _ = await Jobs.SubmitAsync([.. Enumerable.Range(0, 60).Select(i => Draft($"tenant_{i % 3}"))]);

        var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(w => Task.Run(async () =>
        {
            List<JobId> mine = [];
            while (await Jobs.ClaimAsync(new ClaimRequest(new WorkerId($"worker_{w}"), ["schnell"], null, 2, Now)) is { Count: > 0 } jobs)
                mine.AddRange(jobs.Select(j => j.Id));
            return mine;
        })));

        var all = claims.SelectMany(c => c).ToList();
        Assert.Equal(60, all.Count);
        Assert.Equal(60, all.Distinct().Count());
        Assert.Equal((0, 60), await CountAsync());
    }

    /// <summary>Claims, ends and cancels of the same tenants at the same time: nothing is lost, nothing is stuck, the counts come out.</summary>
    [Fact]
    public async Task Storm_of_changes_leaves_every_job_with_one_end()
    {
        var drafts = Enumerable.Range(0, 120).Select(i => Draft($"tenant_{i % 4}")).ToList();
        foreach (var chunk in drafts.Chunk(20))
            _ = await Jobs.SubmitAsync(chunk);

        var workers = Enumerable.Range(0, 6).Select(w => Task.Run(async () =>
        {
            while (await Jobs.ClaimAsync(new ClaimRequest(new WorkerId($"worker_{w}"), ["schnell"], null, 3, Now)) is { Count: > 0 } jobs)
            {
                foreach (var job in jobs)
                {
                    _ = await Jobs.RenewAsync([.. jobs.Select(j => j.CurrentAttempt)]);
                    _ = job.Id.Value[^1] is '1' or '4'
                        ? await Jobs.FailAsync(job.CurrentAttempt, JobFailure.OfDeadline, 1, Now)
                        : await Jobs.CompleteAsync(job.CurrentAttempt, Picture(0), 1, Now);
                }
            }
        }));
        var cancels = drafts.Where((_, i) => i % 5 == 0).Select(d => Task.Run(() => Jobs.CancelAsync(d.Tenant, d.Id, Now)));
        var chores = Enumerable.Range(0, 10).Select(i => Task.Run(() => Jobs.ExpireWorkerAsync(new WorkerId($"worker_{i % 6}"), Now)));
        await Task.WhenAll([.. workers, .. cancels, .. chores]);
        while (await Jobs.ClaimAsync(new ClaimRequest(Worker, ["schnell"], null, 3, Now)) is { Count: > 0 } rest)
        {
            foreach (var job in rest)
                Assert.True(await Jobs.CompleteAsync(job.CurrentAttempt, Picture(0), 1, Now));
        }

        Assert.Equal((0, 0), await CountAsync());
        Assert.Equal(0, (await Jobs.NumbersAsync(null)).QueuedSeconds);
        foreach (var draft in drafts)
        {
            var events = await EventsAsync(draft.Id);
            Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => e.Sequence));
            Assert.Single(events, e => e.Type is JobEventType.Succeeded or JobEventType.Failed or JobEventType.Cancelled);
        }
    }

    private async Task<(long, long)> CountAsync()
    {
        var numbers = await Jobs.NumbersAsync(null);
        return (numbers.Queued, numbers.Running);
    }

    private static ClaimRequest Request(string model) => new(Worker, [model], null, 1, Now.AddSeconds(1));

    private Task<NextClaim> NextAsync(long seen, CancellationToken withdraw) => Jobs.ClaimNextAsync(() => Request("schnell"), seen, withdraw);
}

public sealed class MemoryClaimTests() : ClaimContract(StoreKind.Memory);

public sealed class SqliteClaimTests() : ClaimContract(StoreKind.Sqlite);

public sealed class PostgresClaimTests() : ClaimContract(StoreKind.Postgres);
