using System.Net;
using System.Text.Json;
using Gesso.Platform.Accounts;
using Gesso.Server.Hosting;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.Native;

public sealed class JobTests(OneServer one)
{
    [Fact]
    public async Task Job_is_accepted_at_once_and_drawn_afterwards()
    {
        using var client = one.Server.Client();

        var accepted = (await client.PostJsonAsync("/api/jobs", new { prompt = "a pier", model = "gpt-image-test", size = "640x480", n = 2, seed = 9, steps = 3, priority = 4 }))
            .Expect(HttpStatusCode.Accepted);

        Assert.Equal(("queued", "job", ServerFixtureOptions.Instant), (accepted.String("state"), accepted.String("object"), accepted.String("model")));
        Assert.Equal($"/api/jobs/{accepted.String("id")}", accepted.Headers.Location?.ToString());
        var done = await client.UntilAsync(accepted.String("id")!, "succeeded");
        Assert.Equal([9, 10], done["pictures"].EnumerateArray().Select(p => p.GetProperty("seed").GetInt64()));
        Assert.Equal((1, 4), (done["attempt"].GetInt32(), done["priority"].GetInt32()));
        Assert.True(done["created_at"].GetDouble() <= done["started_at"].GetDouble() && done["started_at"].GetDouble() <= done["finished_at"].GetDouble());
        Assert.Equal(done["created_at"].GetDouble() + TimeSpan.FromHours(24).TotalSeconds, done["deadline_at"].GetDouble(), 0.01);
        Assert.Equal(JsonValueKind.Null, done["error"].ValueKind);
        Assert.StartsWith("key_", done.String("key"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_of_a_job_can_be_sent_again_as_it_is()
    {
        using var client = one.Server.Client();
        string image = (await client.SendAsync(HttpMethod.Post, "/api/uploads", Calls.File(TestPictures.Png(64, 64)))).String("id")!;
        string mask = (await client.SendAsync(HttpMethod.Post, "/api/uploads", Calls.File(TestPictures.Mask(64, 64)))).String("id")!;
        var first = (await client.PostJsonAsync("/api/jobs", new
        {
            prompt = "a",
            prompt_2 = "b",
            negative_prompt = "c",
            size = "64x64",
            n = 2,
            image,
            mask,
            mask_reading = "transparent",
            control_image = image,
            strength = 0.5,
            steps = 3,
            guidance = 2.5,
            true_guidance = 1.5,
            sampler = "unipc",
            parity = "bfl",
            text_length = 128,
            adapters = new[] { "brand:0.8" },
            output_format = "webp",
            output_compression = 70,
        })).Expect(HttpStatusCode.Accepted);

        var second = (await client.PostJsonAsync("/api/jobs", first["request"].GetRawText())).Expect(HttpStatusCode.Accepted);

        Assert.Equal(first["request"].GetRawText(), second["request"].GetRawText());
        Assert.DoesNotContain(first["request"].EnumerateObject(), p => p.Value.ValueKind == JsonValueKind.Null);
    }

    [Fact]
    public async Task Picture_repeats_itself_by_its_own_request()
    {
        using var client = one.Server.Client();
        var job = await client.PostJsonAsync("/api/jobs", new { prompt = "a", n = 3, seed = 20 });
        var picture = (await client.UntilAsync(job.String("id")!, "succeeded"))["pictures"][2];

        var request = picture.GetProperty("request");

        Assert.Equal((22, 1), (request.GetProperty("seed").GetInt64(), request.GetProperty("n").GetInt32()));
    }

    [Theory]
    [InlineData("""{"prompt":"x","promt":"y"}""", "promt", "unknown_parameter", "promt: there is no such parameter; there are prompt, model")]
    [InlineData("""{"prompt":"x","mask":"a"}""", "mask", "mask_without_image", "expected a picture to draw on beside it (image), got none")]
    [InlineData("""{"prompt":"x","output_compression":0}""", "output_compression", "invalid_value", "from 1 to 100, got 0")]
    [InlineData("""{"prompt":"x","image":"job_01ARZ3NDEKTSV4RRFFQ69G5FAV-0"}""", "image", "picture_not_found", "It may have been deleted")]
    [InlineData("""{"prompt":"x","webhook":{}}""", "webhook.url", "missing_required_parameter", "webhook.url: expected text")]
    [InlineData("""{"prompt":"x","webhook":{"url":"mailto:a@b"}}""", "webhook.url", "invalid_value", "expected an https: address without a password, got \"mailto:a@b\"")]
    [InlineData("""{"prompt":"x","webhook":{"url":"http://169.254.169.254/"}}""", "webhook.url", "url_not_allowed", "webhook.url: The URL is not called: expected a host with a public address")]
    [InlineData("""{"prompt":"x","webhook":{"url":"http://localhost:8080/"}}""", "webhook.url", "url_not_allowed", "security:fetchNetworks")]
    [InlineData("""{"prompt":"x","webhook":{"url":"https://[::1]/"}}""", "webhook.url", "url_not_allowed", "public address")]
    [InlineData("""{"prompt":"x","webhook":{"url":"https://u:p@example.com"}}""", "webhook.url", "invalid_value", "without a password")]
    [InlineData("""{"prompt":"x","webhook":{"url":"https://example.com","secret":"abc"}}""", "webhook.secret", "bad_webhook_secret", "expected whsec_ and base 64 of 24 to 64 bytes")]
    [InlineData("""{"prompt":"x","webhook":{"url":"https://example.com","key":"abc"}}""", "webhook.key", "unknown_parameter", "webhook.url, webhook.secret")]
    [InlineData("""{"prompt":"x","custom_id":"a"}""", "custom_id", "unknown_parameter", "there is no such parameter")]
    public async Task Wrong_request_is_told_what_is_wrong(string body, string param, string code, string words)
    {
        using var client = one.Server.Client();

        (await client.PostJsonAsync("/api/jobs", body)).Refused(HttpStatusCode.BadRequest, code, param, words);
    }

    [Fact]
    public async Task Waiting_job_knows_its_place()
    {
        await using var server = await ServerFixture.StartAsync(new ServerFixtureOptions { Options = WithoutWorkers });
        using var client = server.Client();
        for (int i = 0; i < 3; i++)
            await client.PostJsonAsync("/api/jobs", new { prompt = $"{i}" });

        string last = (await client.ReadAsync("/api/jobs?limit=1"))["data"][0].GetProperty("id").GetString()!;

        var job = await client.ReadAsync($"/api/jobs/{last}");
        Assert.Equal(2, job["position"].GetInt64());
        Assert.True(job["wait_seconds"].GetDouble() > 0);
    }

    [Fact]
    public async Task List_pages_from_the_newest_and_filters()
    {
        string tenant = "tenant_list";
        using var client = one.Server.Client(await one.Server.NewKeyAsync(tenant: tenant));
        List<string> made = [];
        for (int i = 0; i < 5; i++)
            made.Insert(0, (await client.PostJsonAsync("/api/jobs", new { prompt = $"{i}" })).String("id")!);
        foreach (string id in made)
            await client.UntilAsync(id, "succeeded");

        var first = await client.ReadAsync("/api/jobs?limit=3&state=succeeded,failed");
        var second = await client.ReadAsync($"/api/jobs?limit=3&before={first.String("next")}");

        Assert.Equal(made, first["data"].EnumerateArray().Concat(second["data"].EnumerateArray()).Select(j => j.GetProperty("id").GetString()));
        Assert.Equal(JsonValueKind.Null, second["next"].ValueKind);
        Assert.Empty((await client.ReadAsync("/api/jobs?state=queued,running"))["data"].EnumerateArray());
    }

    [Theory]
    [InlineData("limit=0", "limit", "from 1 to 1000, got \"0\"")]
    [InlineData("limit=1001", "limit", "got \"1001\"")]
    [InlineData("before=yesterday", "before", "expected the id of a job, got \"yesterday\"")]
    [InlineData("state=done", "state", "expected some of queued, running, succeeded, failed, cancelled")]
    [InlineData("state=1", "state", "got \"1\"")]
    public async Task Wrong_query_is_told_what_is_wrong(string query, string param, string words)
    {
        using var client = one.Server.Client();

        (await client.ReadAsync($"/api/jobs?{query}")).Refused(HttpStatusCode.BadRequest, "invalid_value", param, words);
    }

    [Fact]
    public async Task Cancel_ends_a_running_job_and_leaves_a_finished_one()
    {
        using var client = one.Server.Client();
        string running = (await client.PostJsonAsync("/api/jobs", new { prompt = "x", model = ServerFixtureOptions.Endless })).String("id")!;
        await client.UntilAsync(running, "running");
        string done = (await client.PostJsonAsync("/api/jobs", new { prompt = "x" })).String("id")!;
        await client.UntilAsync(done, "succeeded");

        Assert.Equal("cancelled", (await client.PostAsync($"/api/jobs/{running}/cancel")).Expect(HttpStatusCode.OK).String("state"));
        Assert.Equal("succeeded", (await client.PostAsync($"/api/jobs/{done}/cancel")).Expect(HttpStatusCode.OK).String("state"));
        Assert.Equal("cancelled", (await client.PostAsync($"/api/jobs/{running}/cancel")).String("state"));
    }

    [Fact]
    public async Task Retry_draws_the_same_again_as_a_new_job()
    {
        using var client = one.Server.Client();
        string image = TestPictures.DataUrl(TestPictures.Png(64, 64));
        var first = await client.PostJsonAsync("/api/jobs", new { prompt = "x", size = "320x320", n = 2, output_format = "jpeg", image });
        await client.UntilAsync(first.String("id")!, "succeeded");

        var again = (await client.PostAsync($"/api/jobs/{first.String("id")}/retry")).Expect(HttpStatusCode.Accepted);

        Assert.NotEqual(first.String("id"), again.String("id"));
        Assert.Equal(first["request"].GetRawText(), again["request"].GetRawText());
    }

    [Fact]
    public async Task Unfinished_job_is_neither_repeated_nor_deleted()
    {
        using var client = one.Server.Client();
        string id = (await client.PostJsonAsync("/api/jobs", new { prompt = "x", model = ServerFixtureOptions.Endless })).String("id")!;

        (await client.PostAsync($"/api/jobs/{id}/retry")).Refused(HttpStatusCode.Conflict, "job_not_finished", null, "Cancel it first");
        (await client.SendAsync(HttpMethod.Delete, $"/api/jobs/{id}", null)).Refused(HttpStatusCode.Conflict, "job_not_finished", null, "Cancel it first");

        await client.PostAsync($"/api/jobs/{id}/cancel");
    }

    [Fact]
    public async Task Deleted_job_is_gone_with_its_pictures()
    {
        using var client = one.Server.Client();
        string id = (await client.PostJsonAsync("/api/jobs", new { prompt = "x" })).String("id")!;
        var done = await client.UntilAsync(id, "succeeded");

        (await client.SendAsync(HttpMethod.Delete, $"/api/jobs/{id}", null)).Expect(HttpStatusCode.NoContent);

        (await client.ReadAsync($"/api/jobs/{id}")).Refused(HttpStatusCode.NotFound, "not_found", null, id);
        (await client.ReadAsync($"/api/pictures/{id}-0")).Expect(HttpStatusCode.NotFound);
        (await client.ReadAsync(done["pictures"][0].GetProperty("url").GetString()!)).Expect(HttpStatusCode.NotFound);
        (await client.SendAsync(HttpMethod.Delete, $"/api/jobs/{id}", null)).Expect(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Other_tenants_see_nothing()
    {
        using var owner = one.Server.Client(await one.Server.NewKeyAsync(tenant: "tenant_owner"));
        using var other = one.Server.Client(await one.Server.NewKeyAsync(tenant: "tenant_other"));
        string upload = (await owner.SendAsync(HttpMethod.Post, "/api/uploads", Calls.File(TestPictures.Png(63, 62)))).String("id")!;
        var batch = await owner.SendAsync(HttpMethod.Post, "/api/jobs", Calls.Lines("""{"prompt":"x"}"""));
        string id = batch["jobs"][0].GetProperty("id").GetString()!;
        await owner.UntilAsync(id, "succeeded");

        string[] shown = [$"/api/jobs/{id}", $"/api/jobs/{id}/events", $"/api/pictures/{id}-0", $"/api/pictures/{id}-0/content", $"/api/batches/{batch.String("batch")}"];
        foreach (string path in shown)
            (await other.ReadAsync(path)).Expect(HttpStatusCode.NotFound);
        foreach (string path in (string[])[$"/api/jobs/{id}/cancel", $"/api/jobs/{id}/retry"])
            (await other.PostAsync(path)).Expect(HttpStatusCode.NotFound);
        foreach (string path in (string[])[$"/api/jobs/{id}", $"/api/pictures/{id}-0"])
            (await other.SendAsync(HttpMethod.Delete, path, null)).Expect(HttpStatusCode.NotFound);
        (await other.PostJsonAsync("/api/jobs", new { prompt = "x", image = upload })).Refused(HttpStatusCode.BadRequest, "upload_not_found", "image", "no upload");
        (await other.PostJsonAsync("/api/jobs", new { prompt = "x", image = $"{id}-0" })).Refused(HttpStatusCode.BadRequest, "picture_not_found", "image", "no picture");
        Assert.Empty((await other.ReadAsync("/api/jobs"))["data"].EnumerateArray());
        Assert.Empty((await other.ReadAsync("/api/pictures"))["data"].EnumerateArray());
        Assert.Empty((await other.ReadAsync($"/api/jobs?batch={batch.String("batch")}"))["data"].EnumerateArray());
        (await other.ReadAsync("/api/jobs?tenant=tenant_owner")).Refused(HttpStatusCode.Forbidden, "insufficient_role", "tenant", "its own tenant only");
        Assert.Equal(0, (await other.ReadAsync("/api/status"))["queue"].GetProperty("queued").GetInt64());
    }

    [Fact]
    public async Task Administrator_sees_jobs_of_all_tenants_when_asked_for()
    {
        using var owner = one.Server.Client(await one.Server.NewKeyAsync(tenant: "tenant_seen"));
        using var admin = one.Server.Client();
        string id = (await owner.PostJsonAsync("/api/jobs", new { prompt = "x" })).String("id")!;

        (await admin.ReadAsync($"/api/jobs/{id}")).Expect(HttpStatusCode.OK);
        Assert.Equal(id, Assert.Single((await admin.ReadAsync("/api/jobs?tenant=tenant_seen"))["data"].EnumerateArray()).GetProperty("id").GetString());
        Assert.DoesNotContain((await admin.ReadAsync("/api/jobs?limit=1000"))["data"].EnumerateArray(), j => j.GetProperty("id").GetString() == id);
    }

    [Fact]
    public async Task Reading_key_reads_only()
    {
        using var reader = one.Server.Client(await one.Server.NewKeyAsync(Role.Read));

        (await reader.PostJsonAsync("/api/jobs", new { prompt = "x" })).Refused(HttpStatusCode.Forbidden, "insufficient_role", null, "role");
        (await reader.PostJsonAsync("/v1/images/generations", new { prompt = "x" })).Expect(HttpStatusCode.Forbidden);
        (await reader.ReadAsync("/api/jobs")).Expect(HttpStatusCode.OK);
        (await reader.ReadAsync("/v1/models")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Webhook_secret_made_here_is_shown_once()
    {
        using var client = one.Server.Client();

        var made = await client.PostJsonAsync("/api/jobs", new { prompt = "x", webhook = new { url = "https://example.invalid/hook" } });
        string secret = "whsec_" + Convert.ToBase64String(new byte[32]);
        var given = await client.PostJsonAsync("/api/jobs", new { prompt = "x", webhook = new { url = "https://example.invalid/hook", secret } });

        Assert.StartsWith("whsec_", made.Expect(HttpStatusCode.Accepted).String("webhook_secret"), StringComparison.Ordinal);
        Assert.False(given.Expect(HttpStatusCode.Accepted).Json.TryGetProperty("webhook_secret", out _));
        Assert.DoesNotContain("whsec_", (await client.ReadAsync($"/api/jobs/{made.String("id")}")).Text, StringComparison.Ordinal);
    }

    internal static ServerOptions WithoutWorkers(ServerOptions options) =>
        options with { Models = new Dictionary<string, ModelOptions> { ["later"] = new() }, DefaultModel = null };
}
