namespace Gesso.Client.Connection;

/// <summary>A request that can be made again.</summary>
/// <param name="Method">GET, POST or DELETE.</param>
/// <param name="Path">Below the server's address, without a leading slash.</param>
internal sealed record ClientCall(HttpMethod Method, string Path)
{
    /// <summary>Whether the call may arrive twice without harm.</summary>
    public bool IsRepeatable { get; init; } = true;

    /// <summary>The body, kept whole so that it can be sent again.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    public string? MediaType { get; init; }

    public string? Accept { get; init; }

    /// <summary>The same for every attempt.</summary>
    public string? IdempotencyKey { get; init; }

    public string? LastEventId { get; init; }

    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(Method, Path);
        if (Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            if (MediaType is not null)
                message.Content.Headers.TryAddWithoutValidation("Content-Type", MediaType);
        }
        if (Accept is not null)
            message.Headers.TryAddWithoutValidation("Accept", Accept);
        if (IdempotencyKey is not null)
            message.Headers.TryAddWithoutValidation("Idempotency-Key", IdempotencyKey);
        if (LastEventId is not null)
            message.Headers.TryAddWithoutValidation("Last-Event-ID", LastEventId);
        return message;
    }
}
