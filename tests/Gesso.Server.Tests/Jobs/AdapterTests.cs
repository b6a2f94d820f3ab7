using System.Net;
using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Engine;
using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.Jobs;

/// <summary>A server whose worker has told of a model and of adapters; the worker itself is not needed.</summary>
public sealed class PaintingServer : IAsyncLifetime
{
    public const string Painter = "painter", Follower = "follower";

    /// <summary>A worker tells of no folder; if it did, this would be in it.</summary>
    public const string Folder = "/srv/secret";

    public ServerFixture Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await ServerFixture.StartAsync();
        await Server.Stores.Workers.SaveAsync(new WorkerRecord
        {
            Id = new WorkerId("worker_a"),
            Host = "elsewhere",
            ProcessId = 1,
            Device = "cuda:0",
            Models = [Painter, "other", Follower],
            State = WorkerState.Ready,
            Seen = Server.Time.GetUtcNow(),
            Adapters =
            [
                new AdapterFacts { Name = "Brand", Models = [Painter], Family = "flux-1-dev/lora", Trigger = "acme style" },
                new AdapterFacts { Name = "ink", Models = [Painter] },
                new AdapterFacts { Name = "acme-logo", Models = [Painter, "other"] },
                new AdapterFacts { Name = "xl", Models = [], Problem = "xl.safetensors is an adapter for Stable Diffusion XL, not for FLUX.1." },
            ],
        });
        foreach (string model in (string[])[Painter, "other", Follower])
            await Server.Stores.Workers.SaveAsync(new ModelFacts(model, Card(model), 0.5));
    }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    private static ModelCard Card(string name) => new()
    {
        Name = name,
        Variant = "FLUX.1 dev",
        Path = Folder,
        Fingerprint = "abc",
        Defaults = new ModelDefaults { Size = new ImageSize(64, 64), Steps = 4, Guidance = 0, TrueGuidance = 1, NegativePrompt = "", TextLength = 64, Sampler = "euler" },
        PixelStep = 16,
        MaxTextLength = 512,
        TakesGuidance = false,
        TakesControl = name == Follower,
    };
}

public sealed class AdapterTests(PaintingServer painting) : IClassFixture<PaintingServer>
{
    private readonly ServerFixture _server = painting.Server;

    /// <summary>The server knows no engine, so the range stands in two places.</summary>
    [Fact]
    public void Weights_go_as_far_as_the_engine_lets_them() => Assert.Equal(GenerationPlan.StrongestAdapter, AdapterUse.Strongest);

    [Theory]
    [InlineData("""[{"name":"brand","weight":0.8},{"name":"ink"}]""")]
    [InlineData("""["brand:0.8","ink"]""")]
    [InlineData("""[{"name":"brand.safetensors","weight":"0.8"},"ink:1"]""")]
    [InlineData("\"brand:0.8, ink\"")]
    public async Task Every_form_of_the_list_means_the_same(string adapters)
    {
        using var client = _server.Client();

        var answer = (await client.PostJsonAsync("/api/jobs", $$$"""{"prompt":"x","model":"painter","adapters":{{{adapters}}}}""")).Expect(HttpStatusCode.Accepted);

        Assert.Equal("""[{"name":"Brand","weight":0.8},{"name":"ink","weight":1}]""", answer["request"].GetProperty("adapters").GetRawText());
        var job = await _server.Stores.Jobs.FindAsync(null, new JobId(answer.String("id")!), TestContext.Current.CancellationToken);
        Assert.Equal([new AdapterUse("Brand", 0.8), new AdapterUse("ink", 1)], job!.Work.Adapters);
        Assert.Equal("painter+Brand:0.8+ink:1", job.Work.AffinityKey);
    }

    [Fact]
    public async Task Shown_request_is_taken_back_as_it_is()
    {
        using var client = _server.Client();
        var first = (await client.PostJsonAsync("/api/jobs", new { prompt = "x", model = "painter", adapters = "brand:0.8" })).Expect(HttpStatusCode.Accepted);

        var again = (await client.PostJsonAsync("/api/jobs", first["request"].GetRawText())).Expect(HttpStatusCode.Accepted);

        Assert.Equal(first["request"].GetRawText(), again["request"].GetRawText());
        await client.PostAsync($"/api/jobs/{first.String("id")}/cancel");
        var retried = (await client.PostAsync($"/api/jobs/{first.String("id")}/retry")).Expect(HttpStatusCode.Accepted);
        Assert.Equal(first["request"].GetRawText(), retried["request"].GetRawText());
    }

    [Theory]
    [InlineData("\"brnad\"", "adapter_not_found", "gesso.adapters", "there is no adapter \"brnad\"; for painter there are acme-logo, Brand, ink. Did you mean Brand?")]
    [InlineData("\"xl\"", "adapter_other_model", "gesso.adapters", "xl cannot be used with painter: xl.safetensors is an adapter for Stable Diffusion XL")]
    [InlineData("[{\"name\":\"../brand\"}]", "invalid_value", "gesso.adapters[0].name", "without folders, got \"../brand\"")]
    [InlineData("[\"/srv/secret/brand.safetensors:1\"]", "invalid_value", "gesso.adapters[0]", "without folders")]
    [InlineData("[{\"name\":\"..\"}]", "invalid_value", "gesso.adapters[0].name", "without folders")]
    [InlineData("[{\"name\":\"a\\u0000b\"}]", "invalid_value", "gesso.adapters[0].name", "without folders")]
    [InlineData("[{\"name\":\"brand\",\"weight\":11}]", "invalid_value", "gesso.adapters[0].weight", "a number from -10 to 10, got 11")]
    [InlineData("\"brand:11\"", "invalid_value", "gesso.adapters", "a weight from -10 to 10")]
    [InlineData("[{\"nme\":\"brand\"}]", "unknown_parameter", "gesso.adapters[0].nme", "there are gesso.adapters[0].name, gesso.adapters[0].weight")]
    [InlineData("7", "invalid_type", "gesso.adapters", "a list of objects with name, weight, or text such as \"brand:0.8, ink:0.5\", got 7")]
    [InlineData("\"ink,ink,ink,ink,ink,ink,ink,ink,ink\"", "invalid_value", "gesso.adapters", "expected at most 8 adapters, got 9")]
    public async Task Adapter_that_cannot_be_used_is_refused_before_there_is_a_job(string adapters, string code, string param, string words)
    {
        using var client = _server.Client();
        int before = (await client.ReadAsync("/api/jobs"))["data"].GetArrayLength();

        (await client.PostJsonAsync("/v1/images/generations", $$$"""{"prompt":"x","model":"painter","gesso":{"adapters":{{{adapters}}}}}"""))
            .Refused(HttpStatusCode.BadRequest, code, param, words);

        Assert.Equal(before, (await client.ReadAsync("/api/jobs"))["data"].GetArrayLength());
    }

    [Fact]
    public async Task Adapter_of_another_model_is_refused_with_those_it_fits()
    {
        using var client = _server.Client();

        (await client.PostJsonAsync("/api/jobs", new { prompt = "x", model = "other", adapters = "ink" }))
            .Refused(HttpStatusCode.BadRequest, "adapter_other_model", "adapters", "ink cannot be used with other: it was made for layers of other sizes and fits painter");
    }

    [Fact]
    public async Task What_no_worker_has_told_of_is_left_to_the_worker()
    {
        await using var server = await ServerFixture.StartAsync(new ServerFixtureOptions
        {
            Options = o => o with { Models = new Dictionary<string, Gesso.Server.Hosting.ModelOptions> { ["waits"] = new() }, DefaultModel = null },
        });
        using var client = server.Client();

        (await client.PostJsonAsync("/api/jobs", new { prompt = "x", adapters = "whatever:0.5" })).Expect(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Model_s_name_can_carry_adapters_for_clients_that_know_nothing_else()
    {
        using var client = _server.Client();

        var models = (await client.ReadAsync("/v1/models"))["data"].EnumerateArray().ToDictionary(m => m.GetProperty("id").GetString()!, m => m.GetProperty("parent").GetString());
        Assert.Equal(("painter", null), (models["painter+Brand"], models["painter"]));
        Assert.False(models.ContainsKey("other+Brand"));
        Assert.Equal("painter", (await client.ReadAsync("/v1/models/painter+Brand")).Expect(HttpStatusCode.OK).String("parent"));
        (await client.ReadAsync("/v1/models/painter+nothing")).Refused(HttpStatusCode.BadRequest, "adapter_not_found", "model", "\"nothing\"");
        var job = (await client.PostJsonAsync("/api/jobs", new { prompt = "x", model = "painter+brand:0.8+ink" })).Expect(HttpStatusCode.Accepted);
        Assert.Equal("painter", job.String("model"));
        Assert.Equal("""[{"name":"Brand","weight":0.8},{"name":"ink","weight":1}]""", job["request"].GetProperty("adapters").GetRawText());
    }

    [Fact]
    public async Task Model_that_follows_pictures_is_given_one_in_whatever_way_it_comes()
    {
        using var client = _server.Client();
        byte[] edges = TestPictures.Png(96, 64);
        string id = (await client.SendAsync(HttpMethod.Post, "/api/uploads", Calls.File(edges))).String("id")!;

        foreach (string way in (string[])[id, $"data:image/png;base64,{Convert.ToBase64String(edges)}"])
        {
            var job = (await client.PostJsonAsync("/api/jobs", new { prompt = "x", model = "follower", control_image = way })).Expect(HttpStatusCode.Accepted);
            Assert.Equal((id, "64x48"), (job["request"].GetProperty("control_image").GetString(), job["request"].GetProperty("size").GetString()));
            await client.PostAsync($"/api/jobs/{job.String("id")}/cancel");
            var retried = (await client.PostAsync($"/api/jobs/{job.String("id")}/retry")).Expect(HttpStatusCode.Accepted);
            Assert.Equal(job["request"].GetRawText(), retried["request"].GetRawText());
        }
    }

    [Theory]
    [InlineData("{}", "control_image_needed", "expected a picture for follower to follow (edges, a depth map), got none")]
    [InlineData("""{"control_image":"edges.png"}""", "invalid_picture_reference", "expected the id of an upload")]
    [InlineData("""{"control_image":"https://127.0.0.1/edges.png"}""", "url_not_allowed", "The URL is not called")]
    public async Task Control_picture_that_is_missing_or_not_there_is_refused_before_there_is_a_job(string gesso, string code, string words)
    {
        using var client = _server.Client();

        (await client.PostJsonAsync("/v1/images/generations", $$$"""{"prompt":"x","model":"follower","gesso":{{{gesso}}}}"""))
            .Refused(HttpStatusCode.BadRequest, code, "gesso.control_image", words);
    }

    [Fact]
    public async Task Lines_of_a_batch_have_adapters_of_their_own()
    {
        using var client = _server.Client();

        var answer = (await client.SendAsync(HttpMethod.Post, "/api/jobs", Calls.Lines(
            """{"prompt":"a","model":"painter","adapters":["brand:0.5"]}""", """{"prompt":"b","model":"painter","adapters":["brnad"]}""", """{"prompt":"c","model":"painter"}""")))
            .Expect(HttpStatusCode.Accepted);

        Assert.Equal(2, answer["created"].GetInt32());
        var failed = Assert.Single(answer["failed"].EnumerateArray());
        Assert.Equal((2, "adapter_not_found"), (failed.GetProperty("line").GetInt32(), failed.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Form_takes_the_short_form_and_json()
    {
        using var client = _server.Client(await _server.NewKeyAsync(limits: new KeyLimits { Adapters = [] }));

        // a key that may use none is told of the name, so the field was read
        foreach (string text in (string[])["""ink:0.5""", """[{"name":"ink"}]"""])
        {
            (await client.SendAsync(HttpMethod.Post, "/v1/images/edits", Calls.Form(
                ("image", TestPictures.Png(64, 64)), ("prompt", "x"), ("model", "painter"), ("gesso[adapters]", text))))
                .Refused(HttpStatusCode.BadRequest, "adapter_not_found", "gesso.adapters", "there is no adapter \"ink\"; there are none for painter that this key may use");
        }
    }

    [Fact]
    public async Task Key_sees_and_uses_those_of_its_limits_only()
    {
        using var client = _server.Client(await _server.NewKeyAsync(tenant: "acme", limits: new KeyLimits { Adapters = ["acme-*", "ink"] }));

        Assert.Equal(["acme-logo", "ink"], (await client.ReadAsync("/api/adapters"))["data"].EnumerateArray().Select(a => a.GetProperty("name").GetString()!));
        Assert.Equal(["acme-logo", "ink"], (await client.ReadAsync("/sdapi/v1/loras")).Json.EnumerateArray().Select(a => a.GetProperty("name").GetString()!));
        Assert.DoesNotContain("Brand", (await client.ReadAsync("/v1/models")).Text, StringComparison.Ordinal);
        var refused = await client.PostJsonAsync("/api/jobs", new { prompt = "x", model = "painter", adapters = "Brand" });
        refused.Refused(HttpStatusCode.BadRequest, "adapter_not_found", "adapters", "for painter there are acme-logo, ink");
        (await client.PostJsonAsync("/api/jobs", new { prompt = "x", model = "painter", adapters = "ACME-LOGO" })).Expect(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Limits_of_a_key_name_adapters_not_paths()
    {
        using var client = _server.Client();

        var made = (await client.PostJsonAsync("/api/keys", new { name = "a", role = "submit", limits = new { adapters = new[] { "acme-*" } } })).Expect(HttpStatusCode.Created);
        Assert.Equal("""["acme-*"]""", made["limits"].GetProperty("adapters").GetRawText());
        (await client.PostJsonAsync("/api/keys", new { name = "a", role = "submit", limits = new { adapters = new[] { "../x" } } }))
            .Refused(HttpStatusCode.BadRequest, "invalid_value", "limits.adapters", "names of adapters");
    }

    [Fact]
    public async Task Lists_tell_trigger_and_family_and_no_place()
    {
        using var client = _server.Client();

        var list = await client.ReadAsync("/api/adapters");
        Assert.Equal(
            """{"name":"Brand","models":["painter"],"family":"flux-1-dev/lora","trigger":"acme style","problem":null}""",
            list["data"].EnumerateArray().Single(a => a.GetProperty("name").GetString() == "Brand").GetRawText());
        var loras = await client.ReadAsync("/sdapi/v1/loras");
        Assert.Equal(
            """{"name":"Brand","alias":"Brand","path":"Brand.safetensors","metadata":{"modelspec.trigger_phrase":"acme style","modelspec.architecture":"flux-1-dev/lora"}}""",
            loras.Json.EnumerateArray().Single(a => a.GetProperty("name").GetString() == "Brand").GetRawText());
        Assert.DoesNotContain(PaintingServer.Folder, list.Text + loras.Text + (await client.ReadAsync("/api/models")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tags_in_a_prompt_become_adapters_in_the_dialect_of_AUTOMATIC1111()
    {
        using var client = _server.Client();

        // drawn by the null engine, so that there is an answer
        var answer = (await client.PostJsonAsync("/sdapi/v1/txt2img", new { prompt = "a cat <lora:brand:0.8>, sitting<lora:ink>", seed = 5 })).Expect(HttpStatusCode.OK);

        var info = JsonDocument.Parse(answer.String("info")!).RootElement;
        Assert.Equal("a cat, sitting <lora:Brand:0.8> <lora:ink:1>", info.GetProperty("prompt").GetString());
        Assert.StartsWith("a cat, sitting <lora:Brand:0.8> <lora:ink:1>\nSteps: ", info.GetProperty("infotexts")[0].GetString(), StringComparison.Ordinal);
        var job = (await client.ReadAsync($"/api/jobs/{info.GetProperty("job").GetString()}"))["request"];
        Assert.Equal("a cat, sitting", job.GetProperty("prompt").GetString());
        Assert.Equal("""[{"name":"Brand","weight":0.8},{"name":"ink","weight":1}]""", job.GetProperty("adapters").GetRawText());
    }

    [Theory]
    [InlineData("x <lora:brnad:1>", "adapter_not_found", "Did you mean Brand?")]
    [InlineData("x <lora:../brand:1>", "invalid_value", "without folders")]
    [InlineData("x <lora:brand:strong>", "invalid_value", "expected <lora:NAME:WEIGHT>")]
    [InlineData("x <lora:brand:1:0.5>", "invalid_value", "one weight for all networks")]
    [InlineData("x <lora::1>", "invalid_value", "expected the name of an adapter")]
    public async Task Tag_that_means_nothing_is_refused(string prompt, string code, string words)
    {
        using var client = _server.Client();

        (await client.PostJsonAsync("/sdapi/v1/txt2img", new { prompt, override_settings = new { sd_model_checkpoint = "painter" } }))
            .Refused(HttpStatusCode.BadRequest, code, "prompt", words);
    }

    [Fact]
    public async Task Request_without_adapters_has_the_hash_it_had_before_there_were_any()
    {
        using var client = _server.Client();
        async Task<HttpStatusCode> SendAsync(object body) => (await client.PostJsonAsync("/api/jobs", body, ("Idempotency-Key", "adapters-1"))).Status;

        Assert.Equal(HttpStatusCode.Accepted, await SendAsync(new { prompt = "x", model = "painter" }));
        Assert.Equal(HttpStatusCode.Accepted, await SendAsync(new { prompt = "x", model = "painter", adapters = Array.Empty<string>() }));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync(new { prompt = "x", model = "painter", adapters = "ink" }));
    }
}
