using Gesso.Contracts.Images;
using Gesso.Platform.Accounts;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Testing.Platform;

namespace Gesso.Platform.Tests.Jobs;

/// <summary>Hours of service in no time: the queue of the model, workers that take as long as a job says, a clock that is only a number.</summary>
public sealed class FairnessTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private readonly MemoryPlatform _platform = new();
    private readonly Dictionary<string, double> _served = [];
    private int _ids;

    [Fact]
    public async Task Thousand_waiting_jobs_do_not_push_aside_the_one_of_another_tenant()
    {
        await SubmitAsync("crowd", 1000, seconds: 3);
        await SubmitAsync("single", 1, seconds: 3);

        for (int i = 0; i < 400; i++)
        {
            if (await ServeAsync() == "single")
                await SubmitAsync("single", 1, seconds: 3);
        }

        Assert.InRange(Jain(), 0.99, 1);
    }

    [Fact]
    public async Task Shares_are_of_device_time_not_of_jobs()
    {
        await SubmitAsync("short", 1000, seconds: 1);
        await SubmitAsync("long", 200, seconds: 9);

        for (int i = 0; i < 600; i++)
            _ = await ServeAsync();

        Assert.InRange(Jain(), 0.99, 1);
    }

    [Fact]
    public async Task Wrong_estimates_are_set_right_afterwards()
    {
        await SubmitAsync("modest", 400, seconds: 4, estimate: 0.5);
        await SubmitAsync("honest", 400, seconds: 4);

        for (int i = 0; i < 300; i++)
            _ = await ServeAsync();

        Assert.InRange(Jain(), 0.99, 1);
    }

    [Fact]
    public async Task Weights_divide_device_time()
    {
        await _platform.Stores.Accounts.SaveAsync(new Tenant(new TenantId("double"), "double", 2, Start));
        await SubmitAsync("double", 500, seconds: 2);
        await SubmitAsync("simple", 500, seconds: 2);

        for (int i = 0; i < 300; i++)
            _ = await ServeAsync();

        Assert.InRange(_served["double"] / _served["simple"], 1.95, 2.05);
    }

    [Fact]
    public async Task Tenant_that_was_away_gets_no_credit_for_it()
    {
        await SubmitAsync("present", 600, seconds: 1);
        for (int i = 0; i < 200; i++)
            _ = await ServeAsync();
        await SubmitAsync("returned", 300, seconds: 1);
        _served.Clear();

        for (int i = 0; i < 200; i++)
            _ = await ServeAsync();

        Assert.InRange(Jain(), 0.99, 1);
    }

    [Fact]
    public async Task Savings_of_loads_do_not_cost_fairness_beyond_the_slack()
    {
        await SubmitAsync("one", 400, seconds: 2, model: "a");
        await SubmitAsync("two", 400, seconds: 2, model: "b");

        string resident = "a";
        int loads = 0;
        for (int i = 0; i < 300; i++)
        {
            string tenant = await ServeAsync(resident);
            string model = tenant == "one" ? "a" : "b";
            loads += model == resident ? 0 : 1;
            resident = model;
            Assert.InRange(Math.Abs(_served.GetValueOrDefault("one") - _served.GetValueOrDefault("two")), 0, new SchedulingPolicy().FairnessSlackSeconds + 2);
        }

        Assert.InRange(loads, 1, 60);                                                       // taking turns strictly would be 300
    }

    private async Task SubmitAsync(string tenant, int jobs, double seconds, double? estimate = null, string model = "a")
    {
        var drafts = Enumerable.Range(0, jobs).Select(_ => new JobDraft
        {
            Id = new JobId($"job_{_ids++:D8}"),
            Tenant = new TenantId(tenant),
            Key = new ApiKeyId("key"),
            Work = new ImageJob { Model = model, Prompt = "", Seed = (long)(seconds * 1000) },
            Created = Start,
            EstimatedSeconds = estimate ?? seconds,
        });
        _ = await _platform.Stores.Jobs.SubmitAsync([.. drafts]);
    }

    /// <summary>One job from claim to end; whose it was.</summary>
    private async Task<string> ServeAsync(string? resident = null)
    {
        var job = Assert.Single(await _platform.Stores.Jobs.ClaimAsync(new ClaimRequest(new WorkerId("worker"), ["a", "b"], resident, 1, Start)));
        double seconds = job.Work.Seed / 1000.0;
        var picture = new JobPicture(0, AssetKey.Of([1]), "image/png", new ImageSize(1, 1), 1, 1);
        Assert.True(await _platform.Stores.Jobs.CompleteAsync(job.CurrentAttempt, picture, seconds, Start));
        string tenant = job.Tenant.Value;
        _served[tenant] = _served.GetValueOrDefault(tenant) + seconds;
        return tenant;
    }

    /// <summary>Jain's index of what tenants were served: 1 when all had the same.</summary>
    private double Jain() => Math.Pow(_served.Values.Sum(), 2) / (_served.Count * _served.Values.Sum(v => v * v));
}
