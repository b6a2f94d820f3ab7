using System.Globalization;
using Gesso.Platform.Jobs;
using Gesso.Server.Errors;
using Gesso.Server.Health;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Streaming;

namespace Gesso.Server.Native;

/// <summary>
/// GET /api/jobs/{id}/events: what happened to a job and what happens next. Stored events carry their number as id, so a reader that lost the connection, or its
/// server, goes on where it was; progress and places carry none, because only the latest counts.
/// </summary>
internal sealed class JobEventsEndpoint(
    JobLookup lookup, JobWatch watch, JobViews views, QueueEstimate estimate, ErrorDescriber errors, Drain drain, TimeProvider time)
{
    public async Task StreamAsync(HttpContext context)
    {
        var job = await lookup.FindAsync(context).ConfigureAwait(false);
        var query = RequestFields.FromQuery(QueryFields.Events, context.Request.Query);
        bool previews = query.Read(QueryFields.Previews) ?? true;
        int after = LastEventOf(context.Request, query);
        if (job.State.IsFinal() && after >= job.LastEvent)
        {
            // tells an EventSource that there is nothing to come back for
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        EventStream stream = new(context.Response, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Streams);
        try
        {
            await stream.StartAsync(end.Token).ConfigureAwait(false);
            var notices = watch.WatchAsync(job, after, WatchFor.Progress | WatchFor.Place, end.Token);
            await stream.PumpAsync(notices, notice => WriteAsync(stream, notice, previews, end.Token), end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (drain.Streams.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            await stream.WriteRetryAsync(context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            await stream.WriteErrorAsync(errors.Describe(e), context.RequestAborted).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(EventStream stream, JobNotice notice, bool previews, CancellationToken cancellation)
    {
        switch (notice)
        {
            case JobHappened { Event: { Type: JobEventType.Picture } happened, Job: var job }:
                // one that has been deleted since is not told
                if (job.Pictures.FirstOrDefault(p => p.Index == happened.Picture) is { } picture)
                {
                    var drawn = views.Of(job, picture);
                    await stream.WriteAsync("picture", happened.Sequence, drawn, ServerJson.Default.PictureView, cancellation).ConfigureAwait(false);
                }
                break;
            case JobHappened { Event: var happened, Job: var job }:
                var view = views.Of(job) with { Event = happened.Type.ToString().ToLowerInvariant() };
                await stream.WriteAsync("state", happened.Sequence, view, ServerJson.Default.JobView, cancellation).ConfigureAwait(false);
                break;
            case JobAdvanced { Job: var job, Progress: var progress }:
                await stream.WriteAsync("progress", null, views.Of(job, progress, previews), ServerJson.Default.ProgressView, cancellation).ConfigureAwait(false);
                break;
            case JobPlaced { Place: var place }:
                PlaceView waiting = new(place.Jobs, Math.Round(await estimate.WaitAsync(place.Seconds, cancellation).ConfigureAwait(false), 1));
                await stream.WriteAsync("place", null, waiting, ServerJson.Default.PlaceView, cancellation).ConfigureAwait(false);
                break;
        }
    }

    private static int LastEventOf(HttpRequest request, RequestFields query)
    {
        string text = request.Headers["Last-Event-ID"].ToString();
        if (text.Length == 0)
            text = query.Read(QueryFields.LastEvent) ?? "";
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int sequence) ? sequence : 0;
    }
}
