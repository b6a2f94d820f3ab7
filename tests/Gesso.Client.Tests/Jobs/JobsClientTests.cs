using System.Text.Json;
using Gesso.Contracts.Images;

namespace Gesso.Client.Tests.Jobs;

public sealed class JobsClientTests
{
    [Fact]
    public async Task Request_travels_in_snake_case_without_what_was_left_out()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json("""{"id":"job_1","state":"queued"}""", 202));
        using var client = server.Client();

        await client.Jobs.SubmitAsync(
            new JobRequest
            {
                Prompt = "an owl",
                Prompt2 = "at night",
                Size = new ImageSize(64, 32),
                Count = 2,
                Seed = 7,
                TrueGuidance = 2.5,
                Deadline = TimeSpan.FromMinutes(2),
                Adapters = [new JobAdapter("ink", 0.5)],
                Webhook = new JobWebhook(new Uri("https://example.com/hook")),
            },
            "my-key",
            TestContext.Current.CancellationToken);

        Assert.Equal(
            """{"prompt":"an owl","prompt_2":"at night","size":"64x32","n":2,"seed":7,"true_guidance":2.5,"adapters":[{"name":"ink","weight":0.5}],"deadline_seconds":120,"webhook":{"url":"https://example.com/hook"}}""",
            server.Arrived[0].Body);
        Assert.Equal("my-key", server.Arrived[0].Headers["Idempotency-Key"]);
        Assert.Equal("application/json", server.Arrived[0].Headers["Content-Type"]);
    }

    [Fact]
    public async Task Job_is_read_with_times_sizes_and_its_work()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json(
            """
            {"id":"job_1","object":"job","state":"queued","model":"m","prompt":"an owl","n":2,"size":"64x32","priority":3,"created_at":1764000000.25,"started_at":null,"finished_at":null,
             "deadline_at":1764003600,"attempt":0,"position":4,"wait_seconds":12.5,"progress":null,"pictures":[],"error":null,"batch":"batch_1","custom_id":"line-1","key":"key_1",
             "request":{"prompt":"an owl","seed":9007199254740993,"steps":4,"size":"64x32","something_new":true}}
            """));
        using var client = server.Client();

        var job = await client.Jobs.GetAsync("job_1", TestContext.Current.CancellationToken);

        Assert.Equal((JobState.Queued, 2, new ImageSize(64, 32), 4, TimeSpan.FromSeconds(12.5)), (job.State, job.Count, job.Size, job.Position, job.Wait));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1764000000250), job.Created);
        Assert.Equal(9007199254740993, job.Request!.Seed);
        Assert.Equal(("batch_1", "line-1", false), (job.Batch, job.CustomId, job.IsFinished));
    }

    [Fact]
    public async Task List_fetches_pages_as_they_are_needed()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json("""{"data":[{"id":"job_3","state":"running"},{"id":"job_2","state":"queued"}],"next":"job_2"}"""),
            Answer.Json("""{"data":[{"id":"job_1","state":"queued"}],"next":null}"""));
        using var client = server.Client();

        var first = await client.Jobs.ListAsync([JobState.Queued, JobState.Running], cancellation: TestContext.Current.CancellationToken)
            .Select(job => job.Id).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["job_3", "job_2", "job_1"], first);
        Assert.Equal(["?state=queued%2Crunning&limit=100", "?state=queued%2Crunning&before=job_2&limit=100"], server.Arrived.Select(request => request.Query));
    }

    [Fact]
    public async Task Batch_goes_out_and_comes_back_as_lines()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json("""{"batch":"batch_1","created":1,"failed":[{"line":2,"custom_id":"b","error":{"code":"bad_size","message":"size: no."}}],"jobs":[{"id":"job_1","custom_id":"a"}]}""", 202),
            Answer.Json("""{"id":"batch_1","queued":0,"running":0,"succeeded":1,"failed":1,"cancelled":0}"""),
            Answer.Bytes(
                """
                {"custom_id":"a","job":"job_1","state":"succeeded","pictures":[{"id":"job_1-0"}],"error":null}
                {"custom_id":"c","job":"job_2","state":"failed","pictures":[],"error":{"code":"x","message":"No."}}

                """u8.ToArray(),
                "application/jsonl"));
        using var client = server.Client();

        var sent = await client.Batches.SubmitAsync([new JobRequest { Prompt = "an owl", CustomId = "a" }, new JobRequest { Prompt = "x\ny", CustomId = "b" }], TestContext.Current.CancellationToken);
        var counts = await client.Batches.GetAsync(sent.Batch, TestContext.Current.CancellationToken);
        var results = await client.Batches.ResultsAsync(sent.Batch, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(("application/jsonl", 2), (server.Arrived[0].Headers["Content-Type"], server.Arrived[0].Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
        Assert.Equal((2, "b", "bad_size"), (sent.Failed[0].Line, sent.Failed[0].CustomId, sent.Failed[0].Error.Code));
        Assert.Equal((1, 1), (counts.Succeeded, counts.Failed));
        Assert.Equal([("a", JobState.Succeeded, 1), ("c", JobState.Failed, 0)], results.Select(line => (line.CustomId, line.State, line.Pictures.Count)));
    }

    [Fact]
    public async Task Cancel_retry_and_delete_use_their_paths()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json("""{"id":"job_1","state":"cancelled"}"""), Answer.Json("""{"id":"job_2","state":"queued"}""", 202), context => { context.Response.StatusCode = 204; return Task.CompletedTask; });
        using var client = server.Client();

        Assert.Equal(JobState.Cancelled, (await client.Jobs.CancelAsync("job_1", TestContext.Current.CancellationToken)).State);
        Assert.Equal("job_2", (await client.Jobs.RetryAsync("job_1", TestContext.Current.CancellationToken)).Id);
        await client.Jobs.DeleteAsync("job_1", TestContext.Current.CancellationToken);

        Assert.Equal(["POST /api/jobs/job_1/cancel", "POST /api/jobs/job_1/retry", "DELETE /api/jobs/job_1"], server.Arrived.Select(request => $"{request.Method} {request.Path}"));
        Assert.True(server.Arrived[1].Headers.ContainsKey("Idempotency-Key"));
    }

    [Fact]
    public async Task Keys_are_made_listed_and_rotated()
    {
        const string Key = """{"id":"key_1","name":"laptop","role":"submit","tenant":"default","prefix":"gsk_abcdef","created_at":1764000000,"expires_at":null,"secret":"gsk_abcdefgh"}""";
        await using var server = await ScriptedServer.StartAsync(Answer.Json(Key, 201), Answer.Json($$"""{"data":[{{Key}}]}"""), Answer.Json(Key, 201));
        using var client = server.Client();

        var made = await client.Keys.CreateAsync(new NewKey { Name = "laptop", Role = KeyRole.Read, Limits = new KeyLimits { QueuedJobs = 5 } }, TestContext.Current.CancellationToken);
        var listed = Assert.Single(await client.Keys.ListAsync(TestContext.Current.CancellationToken));
        await client.Keys.RotateAsync("key_1", TimeSpan.FromHours(1), TestContext.Current.CancellationToken);

        Assert.Equal(("gsk_abcdefgh", KeyRole.Submit), (made.Secret, listed.Role));
        using var sent = JsonDocument.Parse(server.Arrived[0].Body);
        Assert.Equal(("read", 5), (sent.RootElement.GetProperty("role").GetString(), sent.RootElement.GetProperty("limits").GetProperty("queued_jobs").GetInt32()));
        Assert.Equal("""{"overlap_seconds":3600}""", server.Arrived[2].Body);
    }
}
