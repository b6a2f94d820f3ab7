using System.Net;
using System.Text.Json;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.Native;

public sealed class BatchTests(OneServer one)
{
    [Fact]
    public async Task Every_line_stands_for_itself()
    {
        using var client = one.Server.Client();

        var answer = (await client.SendAsync(HttpMethod.Post, "/api/jobs", Calls.Lines(
            """{"prompt":"a","custom_id":"one","seed":1}""",
            "",
            """{"prompt":"b","n":0,"custom_id":"two"}""",
            """not json""",
            """{"prompt":"c","custom_id":"one"}""",
            """{"prompt":"d"}""",
            """{"prompt":"e","custom_id":"three","model":"nobody"}"""))).Expect(HttpStatusCode.Accepted);

        Assert.Equal(2, answer["created"].GetInt32());
        Assert.Equal(["one", null], answer["jobs"].EnumerateArray().Select(j => j.GetProperty("custom_id").GetString()));
        Assert.Equal(
            [(3, "two", "invalid_value"), (4, null, "invalid_json"), (5, "one", "duplicate_custom_id"), (7, "three", "model_not_found")],
            answer["failed"].EnumerateArray()
                .Select(f => (f.GetProperty("line").GetInt32(), f.GetProperty("custom_id").GetString(), f.GetProperty("error").GetProperty("code").GetString())));
    }

    [Fact]
    public async Task Results_come_in_order_of_submission_over_many_pages()
    {
        using var client = one.Server.Client();
        const int Lines = 1203;
        string[] lines = [.. Enumerable.Range(0, Lines).Select(i => $$"""{"prompt":"p{{i}}","custom_id":"c{{i}}","output_format":"webp"}""")];
        var answer = await client.SendAsync(HttpMethod.Post, "/api/jobs", Calls.Lines(lines));
        string batch = answer.Expect(HttpStatusCode.Accepted).String("batch")!;
        Assert.Equal(Lines, answer["created"].GetInt32());
        await UntilDoneAsync(client, batch, Lines);

        string[] results = (await client.ReadAsync($"/api/batches/{batch}/results")).Expect(HttpStatusCode.OK).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(Enumerable.Range(0, Lines).Select(i => $"c{i}"), results.Select(r => JsonDocument.Parse(r).RootElement.GetProperty("custom_id").GetString()));
        var last = JsonDocument.Parse(results[^1]).RootElement;
        Assert.Equal(("succeeded", "image/webp"), (last.GetProperty("state").GetString(), last.GetProperty("pictures")[0].GetProperty("media_type").GetString()));
    }

    [Fact]
    public async Task Batch_counts_its_jobs()
    {
        using var client = one.Server.Client();
        string line = $$"""{"prompt":"x","model":"{{ServerFixtureOptions.Endless}}"}""";
        var answer = await client.SendAsync(HttpMethod.Post, "/api/jobs", Calls.Lines(line, line));
        string batch = answer.String("batch")!;
        await client.PostAsync($"/api/jobs/{answer["jobs"][0].GetProperty("id").GetString()}/cancel");

        var counts = await client.ReadAsync($"/api/batches/{batch}");

        Assert.Equal((1, 1), (counts["cancelled"].GetInt32(), counts["queued"].GetInt32() + counts["running"].GetInt32()));
        await client.PostAsync($"/api/jobs/{answer["jobs"][1].GetProperty("id").GetString()}/cancel");
        (await client.ReadAsync("/api/batches/batch_nothing")).Refused(HttpStatusCode.NotFound, "not_found", null, "batch_nothing");
    }

    [Fact]
    public async Task Batch_that_is_sent_again_is_the_one_it_was()
    {
        using var client = one.Server.Client();
        string[] lines = ["""{"prompt":"a"}""", """{"prompt":"b","n":0}""", """{"prompt":"c"}"""];

        var first = await client.SendAsync(HttpMethod.Post, "/api/jobs", Calls.Lines(lines), ("Idempotency-Key", "batch"));
        var second = await client.SendAsync(HttpMethod.Post, "/api/jobs", Calls.Lines(lines), ("Idempotency-Key", "batch"));

        Assert.Equal(first.Text, second.Text);
    }

    [Fact]
    public async Task Lines_beyond_the_limit_are_told()
    {
        await using var server = await ServerFixture.StartAsync(new ServerFixtureOptions { Options = o => o with { Limits = o.Limits with { MaxBatchLines = 2 } } });
        using var client = server.Client();

        var answer = await client.SendAsync(HttpMethod.Post, "/api/jobs", Calls.Lines([.. Enumerable.Repeat("""{"prompt":"x"}""", 5)]));

        Assert.Equal(2, answer["created"].GetInt32());
        var failed = Assert.Single(answer["failed"].EnumerateArray());
        Assert.Equal((3, "too_many_lines"), (failed.GetProperty("line").GetInt32(), failed.GetProperty("error").GetProperty("code").GetString()));
    }

    private static async Task UntilDoneAsync(HttpClient client, string batch, int jobs)
    {
        for (int i = 0; i < 600; i++)
        {
            if ((await client.ReadAsync($"/api/batches/{batch}"))["succeeded"].GetInt32() == jobs)
                return;
            await Task.Delay(50);
        }
        Assert.Fail($"The {jobs} jobs of {batch} did not succeed.");
    }
}
