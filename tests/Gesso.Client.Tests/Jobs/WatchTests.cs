namespace Gesso.Client.Tests.Jobs;

public sealed class WatchTests
{
    private const string Picture = """{"id":"job_1-0","job":"job_1","index":0,"seed":7,"width":64,"height":32,"bytes":10,"media_type":"image/png","url":"/x","created_at":1764000001}""";

    [Fact]
    public async Task Watch_gives_everything_in_order_and_ends_with_the_job()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Events(
            ": open\n\n" + Answer.State(1, "queued", "queued")
            + "event: place\ndata: {\"position\":2,\"wait_seconds\":1.5}\n\n"
            + Answer.State(2, "running", "started")
            + "event: progress\ndata: {\"image\":0,\"images\":1,\"step\":3,\"steps\":4,\"fraction\":0.75,\"eta_seconds\":0.5,\"attempt\":1,\"preview\":\"data:image/jpeg;base64,AA==\"}\n\n"
            + "event: from_the_future\ndata: {}\n\n"
            + $"event: picture\nid: 3\ndata: {Picture}\n\n"
            + Answer.State(4, "succeeded", "succeeded")));
        using var client = server.Client();

        var notices = await client.Jobs.WatchAsync("job_1", previews: true, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Collection(
            notices,
            notice => Assert.Equal("queued", Assert.IsType<JobChanged>(notice).Event),
            notice => Assert.Equal((2, TimeSpan.FromSeconds(1.5)), (Assert.IsType<JobPlaced>(notice).Position, ((JobPlaced)notice).Wait)),
            notice => Assert.Equal(JobState.Running, Assert.IsType<JobChanged>(notice).Now.State),
            notice => Assert.Equal((3, TimeSpan.FromSeconds(0.5)), (Assert.IsType<JobAdvanced>(notice).Progress.Step, ((JobAdvanced)notice).Progress.Left)),
            notice => Assert.Equal(("job_1-0", 7L), (Assert.IsType<PictureFinished>(notice).Picture.Id, ((PictureFinished)notice).Picture.Seed)),
            notice => Assert.True(Assert.IsType<JobChanged>(notice).Now.IsFinished));
        Assert.Equal("", server.Arrived[0].Query);
    }

    [Fact]
    public async Task Watch_goes_on_after_the_last_event_when_the_connection_breaks_and_the_server_restarts()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Events(Answer.State(1, "queued", "queued") + Answer.State(2, "running", "started"), breaks: true),
            Answer.Lost,
            Answer.Error(503, "starting", "Not ready.", retryAfterMs: "20"),
            Answer.Events(Answer.State(3, "queued", "returned")),
            Answer.Events(Answer.State(4, "failed", "failed", ",\"error\":{\"code\":\"x\",\"message\":\"No.\"}")));
        using var client = server.Client();

        var notices = await client.Jobs.WatchAsync("job_1", cancellation: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            ["queued", "started", "away", "back", "returned", "away", "back", "failed"],
            notices.Select(notice => notice switch { JobChanged changed => changed.Event, ConnectionChanged { Connected: true } => "back", ConnectionChanged => "away", _ => "?" }));
        Assert.Equal(
            ["", "2", "2", "2", "3"],
            server.Arrived.Select(request => request.Headers.GetValueOrDefault("Last-Event-ID", "")));
        Assert.All(server.Arrived, request => Assert.Equal("?previews=false", request.Query));
    }

    [Fact]
    public async Task Wait_gives_the_job_at_its_end_and_its_error_as_an_exception()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Events(Answer.State(1, "failed", "failed", ",\"error\":{\"code\":\"bad_size\",\"message\":\"Too large.\",\"type\":\"invalid_request_error\"}")));
        using var client = server.Client();

        var job = await client.Jobs.WaitAsync("job_1", TestContext.Current.CancellationToken);

        var error = Assert.Throws<Contracts.Errors.GessoException>(job.EnsureSucceeded);
        Assert.Equal((Contracts.Errors.ErrorKind.InvalidRequest, "bad_size", "Too large."), (error.Kind, error.Code, error.Message));
    }

    [Fact]
    public async Task Watch_of_a_job_that_does_not_exist_is_an_error()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Error(404, "not_found", "Job job_1 does not exist."));
        using var client = server.Client();

        var error = await Assert.ThrowsAsync<GessoServerException>(() => client.Jobs.WaitAsync("job_1", TestContext.Current.CancellationToken));

        Assert.Equal(404, error.Status);
    }

    [Fact]
    public async Task Watch_gives_up_when_patience_ends()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Events(Answer.State(1, "running", "started")));
        using var client = server.Client(new GessoClientOptions { Patience = TimeSpan.Zero });

        var error = await Assert.ThrowsAsync<Contracts.Errors.GessoException>(() => client.Jobs.WaitAsync("job_1", TestContext.Current.CancellationToken));

        Assert.Equal("server_unreachable", error.Code);
    }
}
