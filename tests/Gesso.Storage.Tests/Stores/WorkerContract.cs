using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Platform;
using Gesso.Platform.Metering;
using Gesso.Platform.Workers;

namespace Gesso.Storage.Tests.Stores;

public abstract class WorkerContract(StoreKind kind) : StoreContract(kind)
{
    [Fact]
    public async Task Heartbeat_replaces_what_a_worker_told_and_raises_its_beat()
    {
        var jobs = new MetricPoint([new MetricLabel("model", "dev")], double.NaN, [1]);
        var worker = new WorkerRecord
        {
            Id = Worker,
            Host = "här",
            ProcessId = 7,
            Device = "cuda:0",
            Models = ["schnell"],
            State = WorkerState.Starting,
            Seen = Now,
            BadModels = new Dictionary<string, string> { ["dev"] = "The file is cut off." },
            Adapters = [new AdapterFacts { Name = "märke", Models = ["schnell"], Trigger = "acme" }],
            Metrics = [new MetricSnapshot("gesso_jobs_total", MetricKind.Counter, "help", [0.5, double.PositiveInfinity], [jobs])],
        };
        await Stores.Workers.SaveAsync(worker);
        await Stores.Workers.SaveAsync(worker with { Id = new WorkerId("worker_0") });
        await Stores.Workers.SaveAsync(worker with { State = WorkerState.Ready, Resident = "schnell", Seen = Now.AddSeconds(3) });

        var workers = await Stores.Workers.ListAsync();

        Assert.Equal([("worker_0", 1), ("worker_1", 2)], workers.Select(w => (w.Id.Value, w.Beat)));
        Assert.Equivalent(worker with { State = WorkerState.Ready, Resident = "schnell", Seen = Now.AddSeconds(3), Beat = 2 }, workers[1], strict: true);
        await Stores.Workers.RemoveAsync(Worker);
        Assert.Single(await Stores.Workers.ListAsync());
    }

    [Fact]
    public async Task Facts_of_a_model_replace_those_before()
    {
        var card = new ModelCard
        {
            Name = "schnell",
            Variant = "FLUX.1 schnell",
            Path = "/models/schnell",
            Fingerprint = "abc",
            Defaults = new ModelDefaults
            {
                Size = new ImageSize(1024, 768),
                Steps = 4,
                Guidance = 0,
                TrueGuidance = 1,
                NegativePrompt = "",
                TextLength = 256,
                Sampler = "euler",
            },
            PixelStep = 16,
            MaxTextLength = 512,
            TakesGuidance = false,
        };
        await Stores.Workers.SaveAsync(new ModelFacts("schnell", card, null));
        await Stores.Workers.SaveAsync(new ModelFacts("dev", card, 0.25));
        await Stores.Workers.SaveAsync(new ModelFacts("schnell", card, 0.125));

        Assert.Equal([new ModelFacts("dev", card, 0.25), new ModelFacts("schnell", card, 0.125)], await Stores.Workers.ModelsAsync());
    }
}

public sealed class MemoryWorkerTests() : WorkerContract(StoreKind.Memory);

public sealed class SqliteWorkerTests() : WorkerContract(StoreKind.Sqlite);

public sealed class PostgresWorkerTests() : WorkerContract(StoreKind.Postgres);
