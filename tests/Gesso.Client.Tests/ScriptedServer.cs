using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gesso.Client.Tests;

/// <summary>A request as it arrived.</summary>
internal sealed record Arrived(string Method, string Path, string Query, string Body, IReadOnlyDictionary<string, string> Headers);

/// <summary>
/// A real web server on loopback whose answers are written down, one for each request in turn; for what a healthy server never does: breaking connections, half
/// answers, being busy on command.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _answers;
    private readonly ConcurrentQueue<Arrived> _arrived = new();

    private ScriptedServer(WebApplication app, ConcurrentQueue<Func<HttpContext, Task>> answers)
    {
        _app = app;
        _answers = answers;
    }

    public Uri Url { get; private set; } = null!;

    public IReadOnlyList<Arrived> Arrived => [.. _arrived];

    public static async Task<ScriptedServer> StartAsync(params Func<HttpContext, Task>[] answers)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var server = new ScriptedServer(app, new ConcurrentQueue<Func<HttpContext, Task>>(answers));
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return server;
    }

    public GessoClient Client(GessoClientOptions? options = null) => new(Url, "gsk_test", options: options ?? new GessoClientOptions { Patience = TimeSpan.FromSeconds(20) });

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body, Encoding.UTF8);
        _arrived.Enqueue(new Arrived(
            context.Request.Method,
            context.Request.Path,
            context.Request.QueryString.Value ?? "",
            await body.ReadToEndAsync(),
            context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (_answers.TryDequeue(out var answer))
            await answer(context);
        else
            await Answer.Error(500, "unexpected", "The script is at its end.")(context);
    }
}

/// <summary>Things a server may answer.</summary>
internal static class Answer
{
    public static Func<HttpContext, Task> Json(string json, int status = 200) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    };

    public static Func<HttpContext, Task> Error(int status, string code, string message, string? retryAfterMs = null, string? shouldRetry = null) => context =>
    {
        context.Response.Headers["x-request-id"] = "req_1";
        if (retryAfterMs is not null)
            context.Response.Headers["retry-after-ms"] = retryAfterMs;
        if (shouldRetry is not null)
            context.Response.Headers["x-should-retry"] = shouldRetry;
        return Json($$$"""{"error":{"message":"{{{message}}}","type":"x","param":"size","code":"{{{code}}}"}}""", status)(context);
    };

    public static Func<HttpContext, Task> Bytes(byte[] bytes, string mediaType) => context =>
    {
        context.Response.ContentType = mediaType;
        return context.Response.Body.WriteAsync(bytes).AsTask();
    };

    /// <summary>The connection is gone, without a word.</summary>
    public static Task Lost(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    /// <summary>Half a body, then the connection is gone.</summary>
    public static Func<HttpContext, Task> Half(byte[] bytes) => async context =>
    {
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
        await context.Response.Body.FlushAsync();
        context.Abort();
    };

    /// <param name="events">As on the wire.</param>
    /// <param name="breaks">Whether the connection is cut afterwards, instead of ended.</param>
    public static Func<HttpContext, Task> Events(string events, bool breaks = false) => async context =>
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(events);
        await context.Response.Body.FlushAsync();
        if (breaks)
        {
            await Task.Delay(50); // what was sent arrives first
            context.Abort();
        }
    };

    public static string State(int id, string state, string @event, string more = "") =>
        $"event: state\nid: {id}\ndata: {{\"id\":\"job_1\",\"state\":\"{state}\",\"event\":\"{@event}\",\"created_at\":1764000000.25{more}}}\n\n";
}
