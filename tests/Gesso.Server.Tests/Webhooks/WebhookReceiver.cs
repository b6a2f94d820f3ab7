using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Gesso.Server.Tests.Webhooks;

/// <param name="Headers">Those of Standard Webhooks.</param>
/// <param name="Body">As it came.</param>
internal sealed record ReceivedWebhook(IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>Somebody's endpoint for webhooks: keeps what comes and answers as told.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<ReceivedWebhook> _received = new();
    private LocalSite _site = null!;

    /// <summary>Status and headers of the next answer; by the number of the try, from 1.</summary>
    public Func<int, HttpResponse, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public IReadOnlyList<ReceivedWebhook> Received => [.. _received];

    public Uri Url => new(_site.Url, "/hook");

    public static async Task<WebhookReceiver> StartAsync()
    {
        WebhookReceiver receiver = new();
        receiver._site = await LocalSite.StartAsync(receiver.TakeAsync);
        return receiver;
    }

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using StreamReader reader = new(context.Request.Body);
        string body = await reader.ReadToEndAsync(context.RequestAborted);
        var headers = context.Request.Headers
            .Where(h => h.Key.StartsWith("webhook-", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString());
        _received.Enqueue(new ReceivedWebhook(headers, body));
        await Answer(_received.Count, context.Response);
    }
}
