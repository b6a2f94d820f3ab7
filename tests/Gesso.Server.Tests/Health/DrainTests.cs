using System.Net;
using Gesso.Server.Health;
using Gesso.Server.Hosting;
using Gesso.Testing.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Health;

public sealed class DrainTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stopping_server_says_so_and_serves_on_until_balancers_have_noticed()
    {
        await using var server = await StartAsync(TimeSpan.FromSeconds(5));
        using var client = server.Client("");

        var stopped = server.App.StopAsync(Cancellation);
        using var ready = await client.GetAsync("/readyz", Cancellation);
        using var live = await client.GetAsync("/livez", Cancellation);
        string answer = await client.GetStringAsync("/own/open", Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("stopping", await ready.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal("open", answer);
        Assert.False(stopped.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(5));
        await stopped;
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/own/open", Cancellation));
    }

    [Fact]
    public async Task Streams_end_first_and_callers_that_wait_get_their_grace()
    {
        await using var server = await StartAsync(TimeSpan.Zero, TimeSpan.FromSeconds(7));
        using var client = server.Client("");
        using var stream = await client.GetAsync("/own/stream", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        var waiting = client.GetAsync("/own/wait", Cancellation);
        await server.App.Services.GetRequiredService<Started>().Task;

        var stopped = server.App.StopAsync(Cancellation);
        string streamed = await stream.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal("retry: 1000\n\n", streamed);
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(7));
        using var answer = await waiting;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        await stopped;
    }

    [Theory]
    [InlineData("http://127.0.0.1:1;http://localhost:2", null, 0)]
    [InlineData("http://127.0.0.1:1;http://*:2", null, 5)]
    [InlineData("http://127.0.0.1:1", 3, 3)]
    [InlineData("http://*:2", 0, 0)]
    public void Delay_is_the_configured_one_else_none_on_loopback_and_five_seconds_elsewhere(string urls, int? configured, int expected)
    {
        ServerOptions options = new() { Urls = urls, Drain = new() { Delay = configured is { } seconds ? TimeSpan.FromSeconds(seconds) : null } };

        Assert.Equal(TimeSpan.FromSeconds(expected), options.Validate().DrainDelayOrDefault);
    }

    private Task<ServerFixture> StartAsync(TimeSpan delay, TimeSpan? grace = null) => ServerFixture.StartAsync(new()
    {
        Time = _time,
        Options = o => o with { Drain = grace is { } given ? new() { Delay = delay, Grace = given } : new() { Delay = delay } },
        Configure = builder => builder.Services.AddSingleton<Started>(),
        Map = app =>
        {
            app.MapGet("/own/open", () => "open");
            app.MapGet("/own/stream", async (HttpContext context, Drain drain) =>
            {
                context.Response.ContentType = "text/event-stream";
                await context.Response.Body.FlushAsync(Cancellation);
                await Task.Delay(Timeout.Infinite, drain.Streams).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await context.Response.WriteAsync("retry: 1000\n\n", Cancellation);
            });
            app.MapGet("/own/wait", async (HttpContext context, Drain drain, Started started) =>
            {
                started.SetResult();
                await Task.Delay(Timeout.Infinite, drain.Waits).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            });
        },
    });

    private sealed class Started : TaskCompletionSource;
}
