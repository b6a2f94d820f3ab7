using Gesso.Client.Connection;
using Gesso.Contracts.Errors;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Client.Tests.Connection;

public sealed class RepeatTests
{
    private const string QueuedJob = """{"id":"job_1","state":"queued","n":1,"created_at":1764000000.25}""";

    [Fact]
    public async Task Submitting_survives_lost_connections_and_a_busy_server_under_one_idempotency_key()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Lost, Answer.Error(503, "draining", "Restarting.", retryAfterMs: "20"), Answer.Error(429, "queue_full", "Full.", retryAfterMs: "20"), Answer.Json(QueuedJob, 202));
        using var client = server.Client();

        var job = await client.Jobs.SubmitAsync(new JobRequest { Prompt = "an owl" }, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal("job_1", job.Id);
        Assert.Equal(4, server.Arrived.Count);
        string key = Assert.Single(server.Arrived.Select(request => request.Headers["Idempotency-Key"]).Distinct());
        Assert.StartsWith("client-", key, StringComparison.Ordinal);
        Assert.Single(server.Arrived.Select(request => request.Body).Distinct());
        Assert.All(server.Arrived, request => Assert.Equal("Bearer gsk_test", request.Headers["Authorization"]));
    }

    [Fact]
    public async Task Two_submissions_have_two_idempotency_keys()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json(QueuedJob, 202), Answer.Json(QueuedJob, 202));
        using var client = server.Client();

        await client.Jobs.SubmitAsync(new JobRequest { Prompt = "an owl" }, cancellation: TestContext.Current.CancellationToken);
        await client.Jobs.SubmitAsync(new JobRequest { Prompt = "an owl" }, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(2, server.Arrived.Select(request => request.Headers["Idempotency-Key"]).Distinct().Count());
    }

    [Fact]
    public async Task A_server_that_says_no_is_not_asked_again()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Error(503, "model_broken", "It will not get better.", shouldRetry: "false"));
        using var client = server.Client();

        var error = await Assert.ThrowsAsync<GessoServerException>(() => client.StatusAsync(TestContext.Current.CancellationToken));

        Assert.Equal(("model_broken", ErrorKind.Unavailable, 503, "size", "req_1"), (error.Code, error.Kind, error.Status, error.Param, error.RequestId));
        Assert.Single(server.Arrived);
    }

    [Fact]
    public async Task Making_a_key_is_never_repeated()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Lost);
        using var client = server.Client();

        var error = await Assert.ThrowsAsync<GessoException>(() => client.Keys.CreateAsync(new NewKey { Name = "laptop" }, TestContext.Current.CancellationToken));

        Assert.Equal("server_unreachable", error.Code);
        Assert.Single(server.Arrived);
    }

    [Fact]
    public async Task Deleting_counts_as_done_when_the_first_answer_was_lost()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Lost, Answer.Error(404, "not_found", "Picture job_1-0 does not exist."));
        using var client = server.Client();

        await client.Pictures.DeleteAsync("job_1-0", TestContext.Current.CancellationToken);

        Assert.Equal(2, server.Arrived.Count);
    }

    [Fact]
    public async Task A_picture_that_breaks_off_is_read_again_from_the_start()
    {
        byte[] file = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];
        await using var server = await ScriptedServer.StartAsync(Answer.Half(file), Answer.Bytes(file, "image/png"));
        using var client = server.Client();

        Assert.Equal(file, await client.Pictures.ReadAsync("job_1-0", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Submission_whose_answer_breaks_off_is_sent_again_under_the_same_key()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Half(System.Text.Encoding.UTF8.GetBytes(QueuedJob)), Answer.Json(QueuedJob, 202));
        using var client = server.Client();

        await client.Jobs.SubmitAsync(new JobRequest { Prompt = "an owl" }, cancellation: TestContext.Current.CancellationToken);

        Assert.Single(server.Arrived.Select(request => request.Headers["Idempotency-Key"]).Distinct());
        Assert.Equal(2, server.Arrived.Count);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named_with_the_command_that_starts_one()
    {
        Uri gone;
        await using (var server = await ScriptedServer.StartAsync())
            gone = server.Url;
        using var client = new GessoClient(gone, "gsk_test", options: new GessoClientOptions { Patience = TimeSpan.Zero });

        var error = await Assert.ThrowsAsync<GessoException>(() => client.ModelsAsync(TestContext.Current.CancellationToken));

        Assert.Equal((ErrorKind.Unavailable, "server_unreachable"), (error.Kind, error.Code));
        Assert.Contains(gone.Authority, error.Message, StringComparison.Ordinal);
        Assert.Contains("gesso serve", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_the_waiting_between_attempts()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Error(503, "draining", "Restarting.", retryAfterMs: "15000"));
        using var client = server.Client();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var call = client.StatusAsync(stop.Token);
        while (server.Arrived.Count == 0)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Waits_double_until_patience_ends()
    {
        var time = new FakeTimeProvider();
        var schedule = new RepeatSchedule(new GessoClientOptions { Patience = TimeSpan.FromSeconds(30), Time = time });
        List<double> waits = [];
        for (var start = time.GetTimestamp(); ; start = time.GetTimestamp())
        {
            var next = schedule.WaitAsync(null, TestContext.Current.CancellationToken);
            while (!next.IsCompleted)
                time.Advance(TimeSpan.FromMilliseconds(10));
            if (!await next)
                break;
            waits.Add(time.GetElapsedTime(start).TotalSeconds);
        }

        Assert.Equal(waits.Count, waits.Zip([0.25, 0.5, 1, 2, 4, 8, 8, 8, 8, 8], (wait, most) => wait >= (most / 2) - 0.001 && wait <= most + 0.02).Count(fits => fits));
        Assert.InRange(waits.Sum(), 30 - 8, 30);
    }

    [Fact]
    public async Task A_sign_of_life_gives_new_patience()
    {
        var time = new FakeTimeProvider();
        var schedule = new RepeatSchedule(new GessoClientOptions { Patience = TimeSpan.FromSeconds(10), Time = time });
        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(await schedule.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));

        schedule.Reset();

        var wait = schedule.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await wait);
    }
}
