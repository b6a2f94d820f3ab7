using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Platform.Workers;
using Gesso.Server.Hosting;
using Gesso.Testing.Server;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Health;

public sealed class HealthTests(OneServer one)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    [InlineData("/startupz")]
    [InlineData("/healthz")]
    [InlineData("/health")]
    [InlineData("/v2/health/live")]
    [InlineData("/v2/health/ready")]
    public async Task Probe_is_answered_without_a_key(string path)
    {
        using var anonymous = one.Server.Client("");
        using HttpRequestMessage head = new(HttpMethod.Head, path);

        using var get = await anonymous.GetAsync(path, Cancellation);
        using var headed = await anonymous.SendAsync(head, Cancellation);

        Assert.Equal(HttpStatusCode.OK, get.StatusCode);
        Assert.Equal(HttpStatusCode.OK, headed.StatusCode);
    }

    [Fact]
    public async Task Liveness_does_not_depend_on_the_store_and_readiness_does()
    {
        await using var server = await ServerFixture.StartAsync(new()
        {
            Wrap = s => s with { CheckAsync = _ => throw GessoException.Unavailable("storage_full", "/secret/path is full.") },
        });
        using var anonymous = server.Client("");

        using var live = await anonymous.GetAsync("/livez", Cancellation);
        using var ready = await anonymous.GetAsync("/readyz", Cancellation);
        string report = await ready.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("storage_full", report, StringComparison.Ordinal);
        Assert.DoesNotContain("/secret/path", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_is_answered_whatever_host_it_asks_for()
    {
        using var anonymous = one.Server.Client("");
        using HttpRequestMessage request = new(HttpMethod.Get, "/livez") { Headers = { { "Host", "10.1.2.3:7860" } } };

        using var response = await anonymous.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Server_without_the_null_engine_is_ready_once_a_worker_is()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        await using var server = await ServerFixture.StartAsync(new()
        {
            Time = time,
            Options = o => o with { Workers = 1, Models = new Dictionary<string, ModelOptions> { ["real"] = new() }, DefaultModel = "real" },
        });
        using var anonymous = server.Client("");
        WorkerRecord worker = new()
        {
            Id = new Platform.WorkerId("worker_1"),
            Host = "here",
            ProcessId = 1,
            Device = "cpu",
            Models = ["real"],
            State = WorkerState.Starting,
            Seen = time.GetUtcNow(),
        };

        using var none = await anonymous.GetAsync("/readyz", Cancellation);
        var report = await none.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        await server.Stores.Workers.SaveAsync(worker, Cancellation);
        time.Advance(TimeSpan.FromSeconds(1));
        using var starting = await anonymous.GetAsync("/readyz", Cancellation);
        await server.Stores.Workers.SaveAsync(worker with { State = WorkerState.Ready }, Cancellation);
        time.Advance(TimeSpan.FromSeconds(1));
        using var ready = await anonymous.GetAsync("/readyz", Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, none.StatusCode);
        Assert.Equal("not_ready", report.GetProperty("status").GetString());
        Assert.Contains("worker", report.GetProperty("reasons")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, starting.StatusCode);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task Server_whose_workers_run_elsewhere_is_ready_without_any()
    {
        await using var server = await ServerFixture.StartAsync(new()
        {
            Options = o => o with { Workers = 0, Models = new Dictionary<string, ModelOptions> { ["real"] = new() }, DefaultModel = "real" },
        });
        using var anonymous = server.Client("");

        using var response = await anonymous.GetAsync("/readyz", Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Many_probes_cost_one_look_a_second()
    {
        int looks = 0;
        FakeTimeProvider time = new();
        await using var server = await ServerFixture.StartAsync(new() { Time = time, Wrap = s => s with { CheckAsync = c => Counted(s.CheckAsync(c)) } });
        using var anonymous = server.Client("");

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => anonymous.GetStringAsync("/readyz", Cancellation)));
        int first = looks;
        time.Advance(TimeSpan.FromSeconds(1));
        await anonymous.GetStringAsync("/readyz", Cancellation);

        Assert.Equal(1, first);
        Assert.Equal(2, looks);

        Task Counted(Task look)
        {
            Interlocked.Increment(ref looks);
            return look;
        }
    }

    [Fact]
    public async Task Store_that_does_not_answer_makes_the_server_not_ready()
    {
        FakeTimeProvider time = new();
        TaskCompletionSource asked = new();
        await using var server = await ServerFixture.StartAsync(new()
        {
            Time = time,
            Wrap = s => s with
            {
                CheckAsync = cancellation =>
                {
                    asked.TrySetResult();
                    return Task.Delay(Timeout.Infinite, cancellation);
                },
            },
        });
        using var anonymous = server.Client("");

        var probe = anonymous.GetAsync("/readyz", Cancellation);
        await asked.Task;
        time.Advance(TimeSpan.FromSeconds(4));
        using var response = await probe;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }
}
