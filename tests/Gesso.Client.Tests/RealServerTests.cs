using Gesso.Contracts.Images;
using Gesso.Testing;
using Gesso.Testing.Processes;
using Gesso.Testing.Server;

namespace Gesso.Client.Tests;

/// <summary>The client against the server itself: what both call things.</summary>
public sealed class RealServerTests : IAsyncLifetime
{
    private ServerFixture _server = null!;
    private GessoClient _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerFixture.StartAsync();
        _client = new GessoClient(_server.Url, _server.Key);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Job_goes_from_request_to_picture()
    {
        var request = new JobRequest { Prompt = "an owl", Size = new ImageSize(64, 32), Count = 2, Seed = 7, Steps = 3, NegativePrompt = "fog", OutputFormat = "webp" };
        var sent = await _client.Jobs.SubmitAsync(request, cancellation: Cancellation);
        var job = (await _client.Jobs.WaitAsync(sent.Id, Cancellation)).EnsureSucceeded();

        Assert.Equal((sent.Id, JobState.Succeeded, 2, "an owl"), (job.Id, job.State, job.Count, job.Prompt));
        Assert.Equal([7, 8], job.Pictures.Select(picture => picture.Seed));
        Assert.Equal((7, 3, "fog", new ImageSize(64, 32)), (job.Request!.Seed, job.Request.Steps, job.Request.NegativePrompt, job.Request.Size));
        Assert.True(job.Finished >= job.Created);
        byte[] file = await _client.Pictures.ReadAsync(job.Pictures[0].Id, Cancellation);
        Assert.Equal(job.Pictures[0].Bytes, file.Length);
        Assert.Equal("RIFF"u8, file.AsSpan(0, 4));
        Assert.Equal(job.Pictures[1], await _client.Pictures.GetAsync(job.Pictures[1].Id, Cancellation) with { Request = job.Pictures[1].Request });
    }

    [Fact]
    public async Task Work_of_a_job_can_be_sent_again_as_it_is()
    {
        var job = await _client.Jobs.SubmitAsync(new JobRequest { Prompt = "an owl", Seed = 7, TrueGuidance = 2.5 }, cancellation: Cancellation);

        var again = await _client.Jobs.SubmitAsync(job.Request!, cancellation: Cancellation);

        Assert.NotEqual(job.Id, again.Id);
        Assert.Equal(job.Request, again.Request);
    }

    [Fact]
    public async Task Watching_shows_steps_previews_and_pictures()
    {
        var sent = await _client.Jobs.SubmitAsync(new JobRequest { Prompt = "an owl", Model = ServerFixtureOptions.Slow }, cancellation: Cancellation);

        var notices = await _client.Jobs.WatchAsync(sent.Id, previews: true, Cancellation).ToListAsync(Cancellation);

        Assert.Equal(["queued", "started", "succeeded"], notices.OfType<JobChanged>().Select(change => change.Event));
        var steps = notices.OfType<JobAdvanced>().Select(notice => notice.Progress).ToList();
        Assert.NotEmpty(steps);
        Assert.All(steps, step => Assert.InRange(step.Fraction, 0, 1));
        Assert.Contains(steps, step => step.Preview?.StartsWith("data:image/", StringComparison.Ordinal) is true);
        Assert.Equal(sent.Id + "-0", Assert.Single(notices.OfType<PictureFinished>()).Picture.Id);
    }

    [Fact]
    public async Task Same_idempotency_key_is_the_same_job_and_another_request_under_it_is_refused()
    {
        var first = await _client.Jobs.SubmitAsync(new JobRequest { Prompt = "an owl" }, "once", Cancellation);
        var second = await _client.Jobs.SubmitAsync(new JobRequest { Prompt = "an owl" }, "once", Cancellation);
        var error = await Assert.ThrowsAsync<GessoServerException>(() => _client.Jobs.SubmitAsync(new JobRequest { Prompt = "a fox" }, "once", Cancellation));

        Assert.Equal(first.Id, second.Id);
        Assert.Equal((422, "idempotency_key_reused"), (error.Status, error.Code));
    }

    [Fact]
    public async Task Jobs_are_listed_cancelled_retried_and_deleted()
    {
        var endless = await _client.Jobs.SubmitAsync(new JobRequest { Prompt = "endless", Model = ServerFixtureOptions.Endless }, cancellation: Cancellation);
        Assert.Contains(endless.Id, await _client.Jobs.ListAsync([JobState.Queued, JobState.Running], cancellation: Cancellation).Select(job => job.Id).ToListAsync(Cancellation));
        Assert.Equal(JobState.Cancelled, (await _client.Jobs.CancelAsync(endless.Id, Cancellation)).State);

        var done = await _client.Jobs.WaitAsync((await _client.Jobs.SubmitAsync(new JobRequest { Prompt = "an owl", Seed = 7 }, cancellation: Cancellation)).Id, Cancellation);
        var again = await _client.Jobs.WaitAsync((await _client.Jobs.RetryAsync(done.Id, Cancellation)).Id, Cancellation);
        Assert.Equal((7, done.Request!.Prompt), (again.Request!.Seed, again.Request.Prompt));

        await _client.Jobs.DeleteAsync(done.Id, Cancellation);
        Assert.Equal(404, (await Assert.ThrowsAsync<GessoServerException>(() => _client.Jobs.GetAsync(done.Id, Cancellation))).Status);
        await _client.Pictures.DeleteAsync(again.Pictures[0].Id, Cancellation);
        Assert.Empty(await _client.Pictures.ListAsync(mine: true, Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Batch_comes_back_in_the_order_of_its_lines_with_the_faulty_ones_told()
    {
        var sent = await _client.Batches.SubmitAsync(
            [new JobRequest { Prompt = "an owl", CustomId = "owl" }, new JobRequest { Prompt = "a fox", Steps = -1, CustomId = "fox" }, new JobRequest { Prompt = "a cat", CustomId = "cat" }],
            Cancellation);
        foreach (var job in sent.Jobs)
            await _client.Jobs.WaitAsync(job.Id, Cancellation);

        var results = await _client.Batches.ResultsAsync(sent.Batch, Cancellation).ToListAsync(Cancellation);

        Assert.Equal((2, "fox", 2), (sent.Created, sent.Failed[0].CustomId, sent.Failed[0].Line));
        Assert.Contains("steps", sent.Failed[0].Error.Message, StringComparison.Ordinal);
        Assert.Equal(["owl", "cat"], results.Select(result => result.CustomId));
        Assert.Equal(2, (await _client.Batches.GetAsync(sent.Batch, Cancellation)).Succeeded);
    }

    [Fact]
    public async Task Upload_is_started_from()
    {
        byte[] file = await File.ReadAllBytesAsync(Path.Combine(RepositoryRoot.Path, "docs", "images", "red-apple.png"), Cancellation);
        var upload = await _client.Uploads.AddAsync(file, "image/png", Cancellation);
        var job = await _client.Jobs.SubmitAsync(new JobRequest { Prompt = "a pear", Image = upload.Id, Strength = 0.5 }, cancellation: Cancellation);

        Assert.Equal((128, 128, file.Length), (upload.Width, upload.Height, upload.Bytes));
        Assert.Equal((upload.Id, 0.5), (job.Request!.Image, job.Request.Strength));
    }

    [Fact]
    public async Task Keys_live_from_their_making_to_their_end()
    {
        var made = await _client.Keys.CreateAsync(new NewKey { Name = "onlooker", Role = KeyRole.Read, Limits = new KeyLimits { RequestsPerMinute = 100 } }, Cancellation);
        using var onlooker = new GessoClient(_server.Url, made.Secret!);
        Assert.Equal(("onlooker", KeyRole.Read), ((await onlooker.StatusAsync(Cancellation)).Key!.Name, (await onlooker.StatusAsync(Cancellation)).Key!.Role));
        Assert.Equal(403, (await Assert.ThrowsAsync<GessoServerException>(() => onlooker.Jobs.SubmitAsync(new JobRequest { Prompt = "an owl" }, cancellation: Cancellation))).Status);

        var rotated = await _client.Keys.RotateAsync(made.Id, TimeSpan.FromHours(1), Cancellation);
        Assert.NotEqual(made.Secret, rotated.Secret);
        Assert.Equal(100, (await _client.Keys.ListAsync(Cancellation)).Single(key => key.Id == rotated.Id).Limits!.RequestsPerMinute);
        await _client.Keys.RevokeAsync(rotated.Id, Cancellation);
        using var revoked = new GessoClient(_server.Url, rotated.Secret!);
        Assert.Equal(401, (await Assert.ThrowsAsync<GessoServerException>(() => revoked.StatusAsync(Cancellation))).Status);
    }

    [Fact]
    public async Task Models_and_tenants_are_told()
    {
        var models = await _client.ModelsAsync(Cancellation);
        var tenant = await _client.Tenants.CreateAsync("painters", 2, Cancellation);

        Assert.Equal(ServerFixtureOptions.Instant, models.Default);
        Assert.Contains(models.Data, model => model is { Name: ServerFixtureOptions.Slow, Ready: true, Workers: > 0 });
        Assert.Contains(await _client.Tenants.ListAsync(Cancellation), listed => listed.Id == tenant.Id && listed is { Name: "painters", Weight: 2 });
    }

    [Fact]
    public async Task Watch_survives_a_restart_of_the_server()
    {
        using var folder = new TestFolder();
        var setup = new ServerFixtureOptions { Data = folder.Path, Url = $"http://127.0.0.1:{ServeSetup.FreePort()}" };
        var server = await ServerFixture.StartAsync(setup);
        using var client = new GessoClient(server.Url, server.Key);
        var sent = await client.Jobs.SubmitAsync(new JobRequest { Prompt = "an owl", Model = ServerFixtureOptions.Slow, Count = 3 }, cancellation: Cancellation);
        List<JobNotice> notices = [];
        bool restarted = false;
        await foreach (var notice in client.Jobs.WatchAsync(sent.Id, cancellation: Cancellation))
        {
            notices.Add(notice);
            if (notice is JobAdvanced && !restarted)
            {
                restarted = true;
                await server.DisposeAsync();
                server = await ServerFixture.StartAsync(setup);
            }
        }
        await server.DisposeAsync();

        Assert.Equal([false, true], notices.OfType<ConnectionChanged>().Select(change => change.Connected));
        Assert.Equal(3, Assert.Single(notices.OfType<JobChanged>(), change => change.Event == "succeeded").Now.Pictures.Count);
        Assert.Equal([0, 1, 2], notices.OfType<PictureFinished>().Select(notice => notice.Picture.Index));
    }
}
