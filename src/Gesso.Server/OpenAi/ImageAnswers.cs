using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Server.Errors;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Pictures;
using Gesso.Server.Security;
using Gesso.Server.Streaming;

namespace Gesso.Server.OpenAi;

/// <summary>Answers a caller who holds the connection: at the end with everything, or as a stream.</summary>
internal sealed class ImageAnswers(HeldJobs held, JobWatch watch, IAssetStore assets, PictureUrls urls, ErrorDescriber errors, TimeProvider time)
{
    private const long SmallAnswer = 64 << 10;

    public async Task AnswerAsync(HttpContext context, ImageCall call, AcceptedJob accepted)
    {
        var job = await held.FinalAsync(context, accepted.Job, isKept: call.Order.IdempotencyKey is not null).ConfigureAwait(false);
        if (FailureOf(job) is { } failure)
            throw failure;
        AnswerMapping mapping = new(call, accepted);
        List<ImageData> data = [];
        foreach (var picture in job.Pictures)
        {
            var note = AnswerMapping.Note(job, picture);
            data.Add(call.AsUrl
                ? new ImageData { Url = UrlOf(context.Request, job, picture), Gesso = note }
                : new ImageData { B64Json = await ReadAsync(job, picture, context.RequestAborted).ConfigureAwait(false), Gesso = note });
        }
        var response = mapping.Response(job, data);
        if (data.Sum(d => d.B64Json?.LongLength ?? 0) <= SmallAnswer)
            await context.AnswerAsync(response, ServerJson.Default.ImagesResponse).ConfigureAwait(false);
        else
            await context.StreamAsync(response, ServerJson.Default.ImagesResponse).ConfigureAwait(false);
    }

    public async Task StreamAsync(HttpContext context, ImageCall call, AcceptedJob accepted)
    {
        AnswerMapping mapping = new(call, accepted);
        EventStream stream = new(context.Response, time);
        try
        {
            Partials partials = new(call.Partials);
            await held.HoldAsync(context, accepted.Job, isKept: call.Order.IdempotencyKey is not null, async cancellation =>
            {
                // inside the hold: a caller may leave before the headers are out
                await stream.StartAsync(cancellation).ConfigureAwait(false);
                // a job that was there before tells its pictures again; a new one has only news
                int after = accepted.IsNew ? accepted.Job.LastEvent : 0;
                var notices = watch.WatchAsync(accepted.Job, after, call.Partials > 0 ? WatchFor.Progress : WatchFor.Events, cancellation);
                await stream.PumpAsync(notices, notice => WriteAsync(stream, mapping, partials, notice, cancellation), cancellation).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            await stream.WriteErrorAsync(errors.Describe(e), context.RequestAborted).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(EventStream stream, AnswerMapping mapping, Partials partials, JobNotice notice, CancellationToken cancellation)
    {
        switch (notice)
        {
            case JobAdvanced { Progress: { Preview: not null } progress } when partials.Next(progress) is { } index:
                var partial = mapping.Partial(mapping.Accepted.Job, progress, index);
                await stream.WriteAsync(mapping.PartialType, null, partial, ServerJson.Default.PartialImageEvent, cancellation).ConfigureAwait(false);
                break;
            case JobHappened { Event: { Type: JobEventType.Picture, Picture: var number }, Job: var job }
                when job.Pictures.FirstOrDefault(p => p.Index == number) is { } picture:
                var completed = mapping.Completed(job, picture, await ReadAsync(job, picture, cancellation).ConfigureAwait(false));
                await stream.WriteAsync(mapping.CompletedType, null, completed, ServerJson.Default.CompletedImageEvent, cancellation).ConfigureAwait(false);
                break;
            case JobHappened { Job: var ended, Event.Type: JobEventType.Failed or JobEventType.Cancelled } when FailureOf(ended) is { } failure:
                await stream.WriteErrorAsync(failure, cancellation).ConfigureAwait(false);
                break;
        }
    }

    private async Task<byte[]> ReadAsync(Job job, JobPicture picture, CancellationToken cancellation) =>
        await assets.ReadAsync(picture.Asset, cancellation).ConfigureAwait(false)
        ?? throw new ApiException(
            404, new ApiError($"Picture {new PictureId(job.Id, picture.Index)} has been deleted.", "not_found_error", null, "picture_deleted"));

    private string UrlOf(HttpRequest request, Job job, JobPicture picture) =>
        $"{request.Scheme}://{request.Host}{urls.Sign($"/api/pictures/{new PictureId(job.Id, picture.Index)}/content", job.Tenant)}";

    /// <summary>Null: the job succeeded.</summary>
    private static ApiException? FailureOf(Job job) => job switch
    {
        { State: JobState.Cancelled } => new ApiException(409, new ApiError($"Job {job.Id} was cancelled.", "invalid_request_error", null, "job_cancelled")),
        { Failure: { } failure } => JobErrors.Failed(job, failure),
        _ => null,
    };

    /// <summary>Which previews of each picture are sent: the first one at or after each of so many equal parts of its steps.</summary>
    private sealed class Partials(int count)
    {
        private int _image = -1;
        private int _sent;

        public int? Next(JobProgress progress)
        {
            if (progress.Image != _image)
                (_image, _sent) = (progress.Image, 0);
            if (_sent >= count || progress.Step * (count + 1) < progress.Steps * (_sent + 1) || progress.Step >= progress.Steps)
                return null;
            return _sent++;
        }
    }
}
