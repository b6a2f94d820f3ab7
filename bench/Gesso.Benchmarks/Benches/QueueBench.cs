using System.Diagnostics;
using Gesso.Benchmarks.Measuring;
using Gesso.Benchmarks.Reporting;
using Gesso.Contracts.Images;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage;

namespace Gesso.Benchmarks.Benches;

/// <summary>The durable queue on SQLite by itself: submits, claims from a full queue, fairness.</summary>
internal sealed class QueueBench : IBench
{
    private const int Submits = 20_000;
    private const int OneByOne = 1_000;
    private const int FullQueue = 1_000_000;
    private const int Claims = 200;
    private const int Backlog = 1000;
    private const double LeastGroupGain = 5;
    private const double MostClaimMilliseconds = 5;
    private const double LeastFairness = 0.99;

    private static readonly SortableId Ids = new(TimeProvider.System);

    public string Name => "queue";

    public string Question => "What does a durable job cost the database: submits with and without group commit, a claim from a million waiting jobs, fairness between a tenant with 1,000 jobs and one with 1?";

    public BenchResult Run(BenchArguments arguments) => RunAsync(arguments).GetAwaiter().GetResult();

    private static async Task<BenchResult> RunAsync(BenchArguments arguments)
    {
        using var folder = new TemporaryFolder();
        List<double> single = [], group = [];
        for (int round = 0; round <= arguments.Repeat; round++)
        {
            await using var database = await OpenAsync(folder.File($"submit-{round}.db"));
            double one = await RateAsync(database, OneByOne, callers: 1);
            double many = await RateAsync(database, Submits, callers: 256);
            if (round == 0)
                continue;                                                                   // warm-up
            single.Add(one);
            group.Add(many);
        }
        var claims = await ClaimsAsync(folder.File("full.db"));
        double fairness = await FairnessAsync(folder.File("fair.db"));
        double singleRate = new Samples("", single).Median, groupRate = new Samples("", group).Median;
        double p50 = claims.Median, p99 = claims.Milliseconds.Order().ElementAt((int)(0.99 * (Claims - 1)));
        return new BenchResult
        {
            Notes =
            [
                $"SQLite in one process, every submit on the disk before it is told. One by one: each submit waits for its commit before the next is sent ({OneByOne} jobs). Group commit: 256 callers at once ({Submits} jobs). "
                + $"Claims: {Claims} claims of one job each from {FullQueue} waiting jobs of 100 tenants and 4 models. Fairness: Jain's index of device seconds of two tenants with 1,000 jobs and 1 job waiting at a time, "
                + "after 400 claims; 1 is equal shares.",
            ],
            Tables =
            [
                new ResultTable("Queue", ["what", "value"],
                [
                    ["durable submits/s, one by one", $"{singleRate:0}"],
                    ["durable submits/s, group commit", $"{groupRate:0}"],
                    ["claim from 1 M jobs, ms p50", $"{p50:0.00}"],
                    ["claim from 1 M jobs, ms p99", $"{p99:0.00}"],
                    ["Jain's index at 1000:1", $"{fairness:0.0000}"],
                ]),
            ],
            Targets =
            [
                new Target("group commit over one by one", groupRate / singleRate, LeastGroupGain, TargetDirection.AtLeast),
                new Target("claim from 1 M jobs, ms p50", p50, MostClaimMilliseconds, TargetDirection.AtMost),
                new Target("Jain's index at 1000:1", fairness, LeastFairness, TargetDirection.AtLeast),
            ],
            Samples = [claims],
        };
    }

    private static Task<GessoDatabase> OpenAsync(string file) => GessoDatabase.OpenAsync("sqlite:" + file, new SchedulingPolicy(), TimeProvider.System);

    /// <returns>Jobs a second.</returns>
    private static async Task<double> RateAsync(GessoDatabase database, int jobs, int callers)
    {
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            for (int i = caller; i < jobs; i += callers)
                _ = await database.Jobs.SubmitAsync([Draft("tenant", "model")]);
        })));
        return jobs / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<Samples> ClaimsAsync(string file)
    {
        await using var database = await OpenAsync(file);
        const int Chunk = 5_000;
        for (int i = 0; i < FullQueue; i += Chunk)
            _ = await database.Jobs.SubmitAsync([.. Enumerable.Range(i, Chunk).Select(n => Draft($"tenant-{n % 100}", $"model-{n % 4}"))]);
        var worker = Ids.NewWorker();
        List<double> times = [];
        for (int i = 0; i < Claims; i++)
        {
            long start = Stopwatch.GetTimestamp();
            var claimed = await database.Jobs.ClaimAsync(new ClaimRequest(worker, ["model-0", "model-1", "model-2", "model-3"], "model-0", 1, TimeProvider.System.GetUtcNow()));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (claimed.Count != 1)
                throw new InvalidOperationException("A full queue gave no job.");
        }
        return new Samples("claim", times);
    }

    private static async Task<double> FairnessAsync(string file)
    {
        await using var database = await OpenAsync(file);
        var now = TimeProvider.System.GetUtcNow();
        var worker = Ids.NewWorker();
        _ = await database.Jobs.SubmitAsync([.. Enumerable.Range(0, Backlog).Select(_ => Draft("many", "model"))]);
        _ = await database.Jobs.SubmitAsync([Draft("few", "model")]);
        Dictionary<string, double> served = new() { ["many"] = 0, ["few"] = 0 };
        for (int i = 0; i < 400; i++)
        {
            var job = (await database.Jobs.ClaimAsync(new ClaimRequest(worker, ["model"], "model", 1, now)))[0];
            served[job.Tenant.Value] += 1;
            var picture = new JobPicture(0, Platform.Assets.AssetKey.Of([1]), "image/png", new ImageSize(1, 1), 1, 1);
            _ = await database.Jobs.CompleteAsync(job.CurrentAttempt, picture, 1, now);
            if (job.Tenant.Value == "few")
                _ = await database.Jobs.SubmitAsync([Draft("few", "model")]);
        }
        double sum = served.Values.Sum(), squares = served.Values.Sum(v => v * v);
        return sum * sum / (served.Count * squares);
    }

    private static JobDraft Draft(string tenant, string model) => new()
    {
        Id = Ids.NewJob(),
        Tenant = new TenantId(tenant),
        Key = new ApiKeyId("key"),
        Work = new ImageJob { Model = model, Prompt = "a red apple", Seed = 1 },
        Created = TimeProvider.System.GetUtcNow(),
        EstimatedSeconds = 1,
        QueueLimit = int.MaxValue - 1,
        TenantQueueLimit = int.MaxValue - 1,
    };
}
