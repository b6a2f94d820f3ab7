using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using Gesso.Platform.Jobs;
using Gesso.Server.Hosting;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.Telemetry;

public sealed class TraceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Job_carries_the_trace_of_the_request_that_made_it()
    {
        await using var server = await ServerFixture.StartAsync();
        using var client = server.Client();
        string trace = ActivityTraceId.CreateRandom().ToHexString();
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/images/generations")
        {
            Content = JsonContent.Create(new { prompt = "a zebra" }),
            Headers = { { "traceparent", $"00-{trace}-00f067aa0ba902b7-01" } },
        };

        using var response = await client.SendAsync(request, Cancellation);
        response.EnsureSuccessStatusCode();

        var job = Assert.Single(await server.Stores.Jobs.ListAsync(new JobQuery(null, [], null, null, 10), Cancellation));
        Assert.True(ActivityContext.TryParse(job.TraceParent, null, out var parent));
        Assert.Equal(trace, parent.TraceId.ToHexString());
        Assert.Equal(ActivityTraceFlags.Recorded, parent.TraceFlags);
        Assert.NotEqual("00f067aa0ba902b7", parent.SpanId.ToHexString());
    }

    [Fact]
    public async Task Collector_gets_the_spans_and_metrics_of_a_request()
    {
        ConcurrentQueue<(string Path, string Type, byte[] Body)> received = new();
        await using var collector = await LocalSite.StartAsync(async context =>
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            received.Enqueue((context.Request.Path, context.Request.ContentType!, body.ToArray()));
        });
        var trace = ActivityTraceId.CreateRandom();
        await using (var server = await ServerFixture.StartAsync(new() { Options = o => o with { Telemetry = new TelemetryOptions { Otlp = collector.Url.ToString() } } }))
        {
            using var client = server.Client();
            using HttpRequestMessage request = new(HttpMethod.Post, "/v1/images/generations")
            {
                Content = JsonContent.Create(new { prompt = "a zebra in pyjamas" }),
                Headers = { { "traceparent", $"00-{trace.ToHexString()}-00f067aa0ba902b7-01" } },
            };
            using var response = await client.SendAsync(request, Cancellation);
            response.EnsureSuccessStatusCode();
        }

        byte[] id = new byte[16];
        trace.CopyTo(id);
        var spans = received.Where(r => r.Path == "/v1/traces").ToList();
        Assert.Contains(spans, r => r.Body.AsSpan().IndexOf(id) >= 0);
        Assert.All(received, r => Assert.Equal("application/x-protobuf", r.Type));
        string text = string.Concat(spans.Select(r => Encoding.Latin1.GetString(r.Body)));
        Assert.Contains("gesso-server", text, StringComparison.Ordinal);
        Assert.Contains("/v1/images/generations", text, StringComparison.Ordinal);
        Assert.DoesNotContain("pyjamas", text, StringComparison.Ordinal);
        Assert.Contains(received, r => r.Path == "/v1/metrics" && Encoding.Latin1.GetString(r.Body).Contains("gesso_http_request_seconds", StringComparison.Ordinal));
    }
}
