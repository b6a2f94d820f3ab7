using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Platform.Workers;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.Native;

public sealed class StatusTests(OneServer one)
{
    [Fact]
    public async Task Models_tell_what_they_can()
    {
        using var client = one.Server.Client();

        var answer = await client.ReadAsync("/api/models");

        Assert.Equal(ServerFixtureOptions.Instant, answer.String("default"));
        var model = answer["data"][0];
        Assert.Equal((ServerFixtureOptions.Instant, "null"), (model.GetProperty("name").GetString(), model.GetProperty("variant").GetString()));
        Assert.Equal((true, 16), (model.GetProperty("ready").GetBoolean(), model.GetProperty("pixel_step").GetInt32()));
        Assert.Equal("1024x1024", model.GetProperty("defaults").GetProperty("size").GetString());
        Assert.Equal(["gpt-image-test"], model.GetProperty("aliases").EnumerateArray().Select(a => a.GetString()!));
    }

    [Fact]
    public async Task Model_without_a_worker_waits_and_one_that_is_broken_says_why()
    {
        await using var server = await ServerFixture.StartAsync(new ServerFixtureOptions
        {
            Options = o => o with { Models = new Dictionary<string, ModelOptions> { ["waits"] = new(), ["broken"] = new() }, DefaultModel = null },
        });
        using var client = server.Client();
        await server.Stores.Workers.SaveAsync(Worker(server, "elsewhere") with { BadModels = new Dictionary<string, string> { ["broken"] = "its file is cut off" } });
        await server.Stores.Workers.SaveAsync(new ModelFacts("elsewhere", Card("elsewhere"), 0.5));

        var models = (await client.ReadAsync("/api/models"))["data"].EnumerateArray().ToDictionary(m => m.GetProperty("name").GetString()!);

        Assert.False(models["waits"].GetProperty("ready").GetBoolean());
        Assert.Equal(JsonValueKind.Null, models["waits"].GetProperty("problem").ValueKind);
        Assert.Equal("its file is cut off", models["broken"].GetProperty("problem").GetString());
        var elsewhere = models["elsewhere"];
        Assert.Equal(("FLUX.1 dev", true, 1), (elsewhere.GetProperty("variant").GetString(), elsewhere.GetProperty("ready").GetBoolean(), elsewhere.GetProperty("workers").GetInt32()));
        (await client.PostJsonAsync("/v1/images/generations", new { prompt = "x", model = "broken" }))
            .Refused(System.Net.HttpStatusCode.ServiceUnavailable, "model_unavailable", "model", "its file is cut off");
    }

    [Fact]
    public async Task Status_tells_a_key_about_itself()
    {
        using var admin = one.Server.Client();
        using var user = one.Server.Client(await one.Server.NewKeyAsync(limits: new Platform.Accounts.KeyLimits { PicturesPerMinute = 7 }));

        var all = await admin.ReadAsync("/api/status");
        var own = await user.ReadAsync("/api/status");

        Assert.Contains(all["workers"].EnumerateArray(), w => w.GetProperty("device").GetString() == "null");
        Assert.Equal(JsonValueKind.Null, own["workers"].ValueKind);
        Assert.Equal(("submit", "default"), (own["key"].GetProperty("role").GetString(), own["key"].GetProperty("tenant").GetString()));
        Assert.Equal(7, own["limits"].GetProperty("pictures_per_minute").GetInt32());
        Assert.Matches(@"^\d+\.\d+\.\d+$", own.String("version"));
    }

    [Fact]
    public async Task Backlog_asks_for_enough_workers()
    {
        await using var server = await ServerFixture.StartAsync(new ServerFixtureOptions { Options = JobTests.WithoutWorkers });
        using var client = server.Client();
        await server.Stores.Workers.SaveAsync(new ModelFacts("later", Card("later"), 1));
        // 1.05 megapixels, 20 steps and a second each: 21 seconds of device time a job
        for (int i = 0; i < 10; i++)
            await client.PostJsonAsync("/api/jobs", new { prompt = "x" });

        var backlog = await client.ReadAsync("/api/backlog");

        Assert.Equal((10, 0, 0), (backlog["queued"].GetInt32(), backlog["running"].GetInt32(), backlog["workers"].GetInt32()));
        Assert.Equal(209.7, backlog["backlog_seconds"].GetDouble(), 0.1);
        Assert.Equal(7, backlog["wanted_workers"].GetInt32());
    }

    private static WorkerRecord Worker(ServerFixture server, params string[] models) => new()
    {
        Id = new Platform.WorkerId("worker_test"),
        Host = "here",
        ProcessId = 1,
        Device = "cuda:0",
        Models = models,
        State = WorkerState.Ready,
        Seen = server.Time.GetUtcNow(),
    };

    private static ModelCard Card(string name) => ServedModel.NullCard(name, new ModelOptions()) with
    {
        Variant = "FLUX.1 dev",
        Defaults = ServedModel.NullCard(name, new ModelOptions()).Defaults with { Steps = 20, Size = new ImageSize(1024, 1024) },
    };
}
