using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gesso.Client.Connection;
using Gesso.Contracts.Errors;

namespace Gesso.Client;

/// <summary>Follows the events of one job through lost connections and restarts of the server, by the id of the last event it saw.</summary>
internal sealed class JobWatch(ServerConnection connection, string job, bool previews)
{
    private string? _lastEventId;

    public async IAsyncEnumerable<JobNotice> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var schedule = new RepeatSchedule(connection.Options);
        bool connected = true;
        while (true)
        {
            Exception? broken = null;
            // the call itself is repeated in here while the server is away
            using var response = await connection.SendAsync(Call(), cancellation).ConfigureAwait(false);
            if (!connected)
                yield return new ConnectionChanged(job, connected = true);
            if (response.StatusCode == HttpStatusCode.NoContent)
                yield break; // the job has ended, and nothing came after the last event
            var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using var impatient = new ImpatientStream(stream, connection.Options.Silence, connection.Options.Time);
            await using var events = SseParser.Create(impatient).EnumerateAsync(cancellation).GetAsyncEnumerator(cancellation);
            while (true)
            {
                JobNotice? notice = null;
                try
                {
                    if (!await events.MoveNextAsync().ConfigureAwait(false))
                        break;
                    notice = Read(events.Current);
                }
                catch (Exception e) when (ServerConnection.IsLostConnection(e, cancellation))
                {
                    broken = e;
                    break;
                }
                _lastEventId = events.Current.EventId ?? _lastEventId;
                schedule.Reset();
                if (notice is null)
                    continue;
                yield return notice;
                if (notice is JobChanged { Now.IsFinished: true })
                    yield break;
            }
            connected = false;
            yield return new ConnectionChanged(job, connected);
            if (!await schedule.WaitAsync(null, cancellation).ConfigureAwait(false))
                throw connection.Unreachable(broken ?? new IOException("The stream of events ended before the job did."));
        }
    }

    private ClientCall Call() => new(HttpMethod.Get, Paths.Query(Paths.Of("jobs", job, "events"), ("previews", previews ? null : "false")))
    {
        Accept = "text/event-stream",
        LastEventId = _lastEventId,
    };

    /// <returns>Null: an event of a newer server.</returns>
    private JobNotice? Read(SseItem<string> item)
    {
        try
        {
            return item.EventType switch
            {
                "state" => new JobChanged(Value(item, ClientJson.Default.Job), Value(item, ClientJson.Default.EventName).Event ?? ""),
                "picture" => new PictureFinished(job, Value(item, ClientJson.Default.Picture)),
                "progress" => new JobAdvanced(job, Value(item, ClientJson.Default.JobProgress)),
                "place" when Value(item, ClientJson.Default.QueuePlace) is var place => new JobPlaced(job, place.Position, place.WaitSeconds),
                _ => null,
            };
        }
        catch (JsonException e)
        {
            throw GessoException.Unavailable("unexpected_answer", $"{connection.Server} sent an event that is not understood: {e.Message}", e);
        }
    }

    private static T Value<T>(SseItem<string> item, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(item.Data, type) ?? throw new JsonException("The event carries nothing.");
}

/// <summary>The part of a <c>state</c> event that is not the job.</summary>
internal sealed record EventName(string? Event);

internal sealed record QueuePlace(int Position, TimeSpan? WaitSeconds);
