using System.Text.Json;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;
using Gesso.Server.Fetching;
using Gesso.Server.Hosting;
using Gesso.Server.Webhooks;
using Gesso.Storage;
using Gesso.Testing;
using Gesso.Testing.Processes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Webhooks;

/// <summary>The dispatcher over a real outbox in SQLite, against a real HTTP server, on a clock of the test.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private static readonly TenantId Tenant = new("tenant_a");

    private readonly TestFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly string _secret = WebhookSignature.NewSecret();
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly GuardedHttp _http = new(new ServerOptions { Security = new SecurityOptions { FetchNetworks = ["127.0.0.0/8"] } });
    private GessoDatabase _database = null!;
    private WebhookReceiver _receiver = null!;
    private WebhookDispatcher _dispatcher = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await GessoDatabase.OpenAsync("sqlite:" + _folder.At("gesso.db"), new SchedulingPolicy(), _time, Cancellation);
        _receiver = await WebhookReceiver.StartAsync();
        _dispatcher = NewDispatcher(_http);
    }

    public async ValueTask DisposeAsync()
    {
        _dispatcher.Dispose();
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
        _http.Dispose();
        await _meters.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task End_of_a_job_is_told_once_with_ids_and_nothing_of_its_content()
    {
        var job = await EndedJobAsync(_receiver.Url, batch: new BatchId("batch_1"), customId: "line 7");

        Assert.Equal(1, await RoundAsync());
        Assert.Equal(0, await RoundAsync());
        _time.Advance(TimeSpan.FromDays(10));
        Assert.Equal(0, await RoundAsync());

        var message = Assert.Single(_receiver.Received);
        Assert.Equal("msg_" + job, message.Headers["webhook-id"]);
        var body = JsonDocument.Parse(message.Body).RootElement;
        Assert.Equal("job.cancelled", body.GetProperty("type").GetString());
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero), body.GetProperty("timestamp").GetDateTimeOffset());
        var data = body.GetProperty("data");
        Assert.Equal(job.Value, data.GetProperty("id").GetString());
        Assert.Equal("cancelled", data.GetProperty("state").GetString());
        Assert.Equal("batch_1", data.GetProperty("batch").GetString());
        Assert.Equal("line 7", data.GetProperty("custom_id").GetString());
        Assert.Empty(data.GetProperty("pictures").EnumerateArray());
        Assert.DoesNotContain("secret prompt", message.Body, StringComparison.Ordinal);
        Assert.Equal(["id", "state", "batch", "custom_id", "pictures"], data.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task Signature_is_that_of_the_standard()
    {
        await EndedJobAsync(_receiver.Url);
        await RoundAsync();

        var message = Assert.Single(_receiver.Received);

        long timestamp = long.Parse(message.Headers["webhook-timestamp"], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(_time.GetUtcNow().ToUnixTimeSeconds(), timestamp);
        Assert.Equal(
            WebhookSignature.Sign(_secret, message.Headers["webhook-id"], timestamp, System.Text.Encoding.UTF8.GetBytes(message.Body)), message.Headers["webhook-signature"]);
    }

    [Fact]
    public async Task Library_of_receivers_accepts_what_is_sent_and_nothing_changed()
    {
        Assert.SkipWhen(NodeScript.Missing is not null, NodeScript.Missing ?? "");
        // its clock is the real one, and it refuses old messages
        _time.AdjustTime(TimeProvider.System.GetUtcNow());
        await EndedJobAsync(_receiver.Url, customId: "ümläut \"quoted\" ✓");
        await RoundAsync();
        var message = Assert.Single(_receiver.Received);
        var script = await NodeScript.PrepareAsync("tests/Gesso.Server.Tests/Webhooks/js", Cancellation);

        string[] lines =
        [
            JsonSerializer.Serialize(new { secret = _secret, headers = message.Headers, body = message.Body }),
            JsonSerializer.Serialize(new { secret = WebhookSignature.NewSecret(), headers = message.Headers, body = message.Body }),
            JsonSerializer.Serialize(new { secret = _secret, headers = message.Headers, body = message.Body.Replace("cancelled", "succeeded", StringComparison.Ordinal) }),
        ];
        string[] answers = (await script.RunAsync("verify.mjs", string.Join('\n', lines), cancellation: Cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("ümläut \"quoted\" ✓", JsonDocument.Parse(answers[0]).RootElement.GetProperty("ok").GetProperty("data").GetProperty("custom_id").GetString());
        Assert.All(answers[1..], answer => Assert.Contains("No matching signature", answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refused_message_is_tried_again_later_with_the_same_id_and_a_new_time()
    {
        _receiver.Answer = (tries, response) => Status(response, tries < 3 ? 500 : 200);
        await EndedJobAsync(_receiver.Url);

        await RoundAsync();
        Assert.Equal(0, await RoundAsync());
        _time.Advance(TimeSpan.FromSeconds(6));
        await RoundAsync();
        _time.Advance(TimeSpan.FromMinutes(6));
        await RoundAsync();
        _time.Advance(TimeSpan.FromDays(10));
        await RoundAsync();

        Assert.Equal(3, _receiver.Received.Count);
        Assert.Single(_receiver.Received.Select(m => m.Headers["webhook-id"]).Distinct());
        Assert.Equal(3, _receiver.Received.Select(m => m.Headers["webhook-timestamp"]).Distinct().Count());
        Assert.Equal(3, _receiver.Received.Select(m => m.Headers["webhook-signature"]).Distinct().Count());
    }

    [Fact]
    public async Task Receiver_that_is_gone_is_told_nothing_more()
    {
        _receiver.Answer = (_, response) => Status(response, 410);
        await EndedJobAsync(_receiver.Url);

        await RoundAsync();
        _time.Advance(TimeSpan.FromDays(10));

        Assert.Equal(0, await RoundAsync());
    }

    [Theory]
    [InlineData("600")]
    [InlineData("Tue, 24 Nov 2026 12:10:00 GMT")]
    public async Task Receiver_that_asks_for_time_gets_it(string retryAfter)
    {
        _receiver.Answer = (_, response) =>
        {
            response.Headers.RetryAfter = retryAfter;
            return Status(response, 503);
        };
        await EndedJobAsync(_receiver.Url);

        await RoundAsync();
        _time.Advance(TimeSpan.FromSeconds(599));
        Assert.Equal(0, await RoundAsync());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, await RoundAsync());
    }

    [Fact]
    public async Task Redirects_are_not_followed()
    {
        await using var elsewhere = await WebhookReceiver.StartAsync();
        _receiver.Answer = (_, response) =>
        {
            response.Headers.Location = elsewhere.Url.ToString();
            return Status(response, 307);
        };
        await EndedJobAsync(_receiver.Url);

        await RoundAsync();

        Assert.Empty(elsewhere.Received);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(1, await RoundAsync());
    }

    [Fact]
    public async Task Target_inside_a_private_network_is_never_reached_and_given_up_in_the_end()
    {
        using GuardedHttp strict = new(new ServerOptions());
        using var dispatcher = NewDispatcher(strict);
        await EndedJobAsync(_receiver.Url);

        int tries = 0;
        for (int day = 0; day < 20; day++)
        {
            tries += await RoundAsync(dispatcher);
            _time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal(WebhookBackoff.MaxTries, tries);
        Assert.Empty(_receiver.Received);
    }

    [Fact]
    public async Task Two_servers_do_not_send_the_same_message()
    {
        using var other = NewDispatcher(_http);
        for (int i = 0; i < 20; i++)
            await EndedJobAsync(_receiver.Url, priority: i % 3);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => RoundAsync(i % 2 == 0 ? _dispatcher : other)));
        for (int i = 0; i < 20; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            await RoundAsync(i % 2 == 0 ? _dispatcher : other);
        }

        Assert.Equal(20, _receiver.Received.Count);
        Assert.Equal(20, _receiver.Received.Select(m => m.Headers["webhook-id"]).Distinct().Count());
    }

    [Fact]
    public async Task Message_of_a_server_that_died_is_sent_by_another_when_the_lease_ends()
    {
        await EndedJobAsync(_receiver.Url);
        var taken = await _database.Webhooks.TakeDueAsync(_time.GetUtcNow(), _time.GetUtcNow() + WebhookDispatcher.Lease, 10, Cancellation);

        Assert.Single(taken);
        Assert.Equal(0, await RoundAsync());
        _time.Advance(WebhookDispatcher.Lease + TimeSpan.FromSeconds(1));
        Assert.Equal(1, await RoundAsync());
        Assert.Single(_receiver.Received);
    }

    [Fact]
    public async Task Slow_receiver_does_not_hold_up_others()
    {
        TaskCompletionSource release = new();
        await using var slow = await LocalSite.StartAsync(_ => release.Task);
        // another name, so another host to the dispatcher
        for (int i = 0; i < 50; i++)
            await EndedJobAsync(new Uri($"http://localhost:{slow.Url.Port}/slow"));
        for (int i = 0; i < 5; i++)
            await EndedJobAsync(_receiver.Url);

        List<Task> running = [];
        for (int i = 0; i < 30 && _receiver.Received.Count < 5; i++)
        {
            running.AddRange(await _dispatcher.StartDueAsync(32, Cancellation));
            _time.Advance(TimeSpan.FromSeconds(2));
            await Task.Delay(20, Cancellation);
        }

        Assert.Equal(5, _receiver.Received.Count);
        Assert.True(running.Count(t => !t.IsCompleted) <= 4);
        release.SetResult();
        await Task.WhenAll(running);
    }

    private Task<int> RoundAsync() => RoundAsync(_dispatcher);

    private static async Task<int> RoundAsync(WebhookDispatcher dispatcher)
    {
        var started = await dispatcher.StartDueAsync(32, Cancellation);
        await Task.WhenAll(started);
        return started.Count;
    }

    private WebhookDispatcher NewDispatcher(GuardedHttp http) => new(
        _database.Webhooks, _database.Jobs, new WebhookSender(http, _time), _meters.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), _time,
        NullLogger<WebhookDispatcher>.Instance);

    private async Task<JobId> EndedJobAsync(Uri url, BatchId? batch = null, string? customId = null, int priority = 0)
    {
        JobDraft draft = new()
        {
            Id = new SortableId(_time).NewJob(),
            Tenant = Tenant,
            Key = new ApiKeyId("key_a"),
            Work = new ImageJob { Model = "m", Prompt = "secret prompt", Seed = 1 },
            Created = _time.GetUtcNow(),
            EstimatedSeconds = 1,
            Priority = priority,
            Batch = batch,
            CustomId = customId,
            Webhook = new WebhookTarget(url, _secret),
        };
        await _database.Jobs.SubmitAsync([draft], Cancellation);
        Assert.Equal(CancelOutcome.Cancelled, await _database.Jobs.CancelAsync(Tenant, draft.Id, _time.GetUtcNow(), Cancellation));
        return draft.Id;
    }

    private static Task Status(HttpResponse response, int status)
    {
        response.StatusCode = status;
        return Task.CompletedTask;
    }
}
