using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gesso.Server.Errors;
using Gesso.Server.Json;

namespace Gesso.Server.Streaming;

/// <summary>
/// Server-sent events. Each event is flushed, so a reader that does not keep up slows its own writer down and nobody else; a comment is sent when nothing else
/// was, so that proxies keep the connection.
/// </summary>
internal sealed class EventStream(HttpResponse response, TimeProvider time)
{
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    /// <summary>Sends the headers: from here on an error can only be told as an event.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no";                                       // nginx would collect events otherwise
        Append(": open\n\n"u8);
        await FlushAsync(cancellation).ConfigureAwait(false);
    }

    /// <param name="type">The <c>event:</c> line.</param>
    /// <param name="id">The <c>id:</c> line, for events that a reader may come back to.</param>
    /// <param name="data">One line of JSON.</param>
    /// <param name="info">How to write it.</param>
    /// <param name="cancellation">The reader is gone.</param>
    public async Task WriteAsync<T>(string type, int? id, T data, JsonTypeInfo<T> info, CancellationToken cancellation)
    {
        Append("event: "u8);
        Append(Encoding.UTF8.GetBytes(type));
        if (id is { } number)
        {
            Append("\nid: "u8);
            Append(Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture)));
        }
        Append("\ndata: "u8);
        using (Utf8JsonWriter writer = new(response.BodyWriter))
            JsonSerializer.Serialize(writer, data, info);
        Append("\n\n"u8);
        await FlushAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>How clients of this server are told of a failure after the headers are gone.</summary>
    public Task WriteErrorAsync(ApiException error, CancellationToken cancellation) =>
        WriteAsync("error", null, new ErrorEnvelope(error.Error), ServerJson.Default.ErrorEnvelope, cancellation);

    /// <summary>Asks the reader to come back after a while; what it missed is sent then.</summary>
    public Task WriteRetryAsync(CancellationToken cancellation)
    {
        Append("retry: 1000\n\n"u8);
        return FlushAsync(cancellation);
    }

    /// <summary>Hands on what comes until it ends, with keep-alives in between.</summary>
    public async Task PumpAsync<T>(IAsyncEnumerable<T> source, Func<T, Task> write, CancellationToken cancellation)
    {
        await using var items = source.GetAsyncEnumerator(cancellation);
        while (true)
        {
            var next = items.MoveNextAsync().AsTask();
            try
            {
                await KeepAliveAsync(next, cancellation).ConfigureAwait(false);
            }
            catch
            {
                // the reader is gone. An iterator must not be disposed while it moves: that failure would hide this one
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
            if (!await next.ConfigureAwait(false))
                return;
            await write(items.Current).ConfigureAwait(false);
        }
    }

    /// <summary>Comments until <paramref name="next"/> is there.</summary>
    private async Task KeepAliveAsync(Task next, CancellationToken cancellation)
    {
        while (!next.IsCompleted)
        {
            var pause = Task.Delay(KeepAlive, time, cancellation);
            if (await Task.WhenAny(next, pause).ConfigureAwait(false) == next)
                return;
            Append(": keep-alive\n\n"u8);
            await FlushAsync(cancellation).ConfigureAwait(false);
        }
    }

    private void Append(ReadOnlySpan<byte> bytes) => response.BodyWriter.Write(bytes);

    private async Task FlushAsync(CancellationToken cancellation) => await response.BodyWriter.FlushAsync(cancellation).ConfigureAwait(false);
}
