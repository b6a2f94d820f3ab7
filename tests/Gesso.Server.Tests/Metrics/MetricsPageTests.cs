using System.Net;
using System.Net.Http.Json;
using Gesso.Platform.Accounts;
using Gesso.Platform.Metering;
using Gesso.Platform.Workers;
using Gesso.Server.Hosting;
using Gesso.Testing.Server;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Metrics;

public sealed class MetricsPageTests(OneServer one)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Programs_on_this_machine_read_metrics_without_a_key()
    {
        using var anonymous = one.Server.Client("");

        using var response = await anonymous.GetAsync("/metrics", Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.NotEmpty(PrometheusParser.Parse(await response.Content.ReadAsStringAsync(Cancellation)).Samples);
    }

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("Forwarded")]
    [InlineData("Via")]
    public async Task Request_that_came_through_a_proxy_needs_an_administrators_key(string header)
    {
        var server = one.Server;
        using var anonymous = server.Client("");
        using var reader = server.Client(await server.NewKeyAsync(Role.Submit));
        using var admin = server.Client();

        using var without = await GetAsync(anonymous);
        using var little = await GetAsync(reader);
        using var enough = await GetAsync(admin);

        await without.ShouldRefuseAsync(401, "invalid_api_key");
        await little.ShouldRefuseAsync(403, "insufficient_role");
        Assert.Equal(HttpStatusCode.OK, enough.StatusCode);

        async Task<HttpResponseMessage> GetAsync(HttpClient client)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/metrics");
            request.Headers.TryAddWithoutValidation(header, "1.1 203.0.113.7");
            return await client.SendAsync(request, Cancellation);
        }
    }

    [Fact]
    public async Task Separate_address_shows_metrics_and_health_and_nothing_else()
    {
        await using var server = await ServerFixture.StartAsync(new() { Options = o => o with { Telemetry = new TelemetryOptions { MetricsUrl = "http://127.0.0.1:0" } } });
        Uri address = new(server.App.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(a => new Uri(a).Port != server.Url.Port));
        using HttpClient scraper = new() { BaseAddress = address };
        scraper.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");

        using var metrics = await scraper.GetAsync("/metrics", Cancellation);
        using var health = await scraper.GetAsync("/livez", Cancellation);
        using HttpRequestMessage call = new(HttpMethod.Get, "/v1/models") { Headers = { { "Authorization", "Bearer " + server.Key } } };
        using var models = await scraper.SendAsync(call, Cancellation);
        using var page = await scraper.GetAsync("/", Cancellation);

        Assert.Equal(HttpStatusCode.OK, metrics.StatusCode);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, models.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
    }

    [Fact]
    public async Task Drawn_picture_is_counted_from_request_to_commit()
    {
        // a name of its own: counters of jobs are those of the whole process
        const string Model = "counted";
        await using var server = await ServerFixture.StartAsync(new()
        {
            Options = o => o with { Models = new Dictionary<string, ModelOptions> { [Model] = new() { Engine = "null" } }, DefaultModel = Model },
        });
        using var client = server.Client(await server.NewKeyAsync(Role.Submit, tenant: "tenant_secretive"));

        using var drawn = await client.PostAsJsonAsync("/v1/images/generations", new { prompt = "a prompt nobody may see", n = 2 }, Cancellation);
        Assert.Equal(HttpStatusCode.OK, drawn.StatusCode);
        var (text, metrics) = await ReadAsync(server);

        Assert.Equal(1, metrics.Value("gesso_jobs_submitted_total", ("model", Model)));
        Assert.Equal(1, metrics.Value("gesso_jobs_total", ("model", Model), ("outcome", "succeeded")));
        Assert.Equal(2, metrics.Value("gesso_pictures_total", ("model", Model)));
        Assert.Equal(1, metrics.Value("gesso_queue_wait_seconds_count", ("model", Model)));
        Assert.Equal(1, metrics.Value("gesso_attempt_seconds_count", ("model", Model)));
        Assert.Equal(1, metrics.Value("gesso_http_request_seconds_count", ("route", "/v1/images/generations"), ("method", "POST"), ("status", "200")));
        Assert.True(metrics.Value("gesso_store_commit_seconds_count") >= 1);
        Assert.True(metrics.Value("process_resident_memory_bytes") > 10_000_000);
        Assert.True(metrics.Value("dotnet_gc_heap_bytes") >= 0);
        Assert.All(metrics.Samples, s => Assert.StartsWith("server_", s.Labels["process"], StringComparison.Ordinal));
        Assert.DoesNotContain("secretive", text, StringComparison.Ordinal);
        Assert.DoesNotContain("nobody may see", text, StringComparison.Ordinal);
        Assert.DoesNotContain("key_", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_paths_and_methods_do_not_make_series()
    {
        var server = one.Server;
        using var client = server.Client("");
        for (int i = 0; i < 20; i++)
        {
            using HttpRequestMessage request = new(new HttpMethod($"ODD{i}"), $"/no/such/path/{i}");
            using var response = await client.SendAsync(request, Cancellation);
        }

        var (_, metrics) = await ReadAsync(server);

        Assert.DoesNotContain(metrics.Samples, s => s.Labels.Values.Any(v => v.Contains("no/such", StringComparison.Ordinal) || v.StartsWith("ODD", StringComparison.Ordinal)));
        Assert.True(metrics.Value("gesso_http_request_seconds_count", ("route", "other"), ("method", "other")) >= 20);
    }

    [Fact]
    public async Task Queue_is_told_as_it_stands_and_not_at_all_when_it_cannot_be_read()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        StoreOutage<Platform.Jobs.IJobStore>? outage = null;
        await using var server = await ServerFixture.StartAsync(new()
        {
            Time = time,
            Wrap = s =>
            {
                var (jobs, away) = StoreOutage.Around(s.Jobs);
                outage = away;
                return s with { Jobs = jobs };
            },
        });
        MetricSnapshot counted = new("gesso_test_total", MetricKind.Counter, "", [], [new MetricPoint([], 17, [])]);
        await server.Stores.Workers.SaveAsync(
            new WorkerRecord
            {
                Id = new Platform.WorkerId("worker_1"),
                Host = "there",
                ProcessId = 1,
                Device = "cuda:0",
                Models = ["m"],
                State = WorkerState.Draining,
                Seen = time.GetUtcNow(),
                Metrics = [counted],
            },
            Cancellation);

        var (_, there) = await ReadUntilAsync(server, time, m => m.Value("gesso_workers", ("state", "draining")).Equals(1));
        Assert.Equal("gauge", there.Types["gesso_queue_depth"]);
        Assert.Equal(17, there.Value("gesso_test_total", ("process", "worker_1")));
        outage!.Away = true;
        var (_, away) = await ReadUntilAsync(server, time, m => !m.Types.ContainsKey("gesso_queue_depth"));
        Assert.DoesNotContain("gesso_workers", away.Types.Keys);
        outage.Away = false;
        await ReadUntilAsync(server, time, m => m.Types.ContainsKey("gesso_queue_depth"));
    }

    private static async Task<(string Text, PrometheusParser Metrics)> ReadAsync(ServerFixture server)
    {
        using var client = server.Client("");
        string text = await client.GetStringAsync("/metrics", Cancellation);
        return (text, PrometheusParser.Parse(text));
    }

    private static async Task<(string Text, PrometheusParser Metrics)> ReadUntilAsync(ServerFixture server, FakeTimeProvider time, Func<PrometheusParser, bool> holds)
    {
        for (int i = 0; i < 200; i++)
        {
            var read = await ReadAsync(server);
            if (holds(read.Metrics))
                return read;
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(20, Cancellation);
        }
        throw new TimeoutException("The metrics never came to that.");
    }
}
