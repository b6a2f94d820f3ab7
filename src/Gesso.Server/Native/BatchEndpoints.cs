using System.Buffers;
using System.Text.Json;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Json;

namespace Gesso.Server.Native;

/// <summary>/api/batches: how far a batch is, and what came of it.</summary>
internal sealed class BatchEndpoints(IJobStore jobs, JobViews views)
{
    private const int Page = 500;

    public async Task ShowAsync(HttpContext context)
    {
        var (id, counts) = await CountAsync(context).ConfigureAwait(false);
        BatchView view = new(id.Value, Of(JobState.Queued), Of(JobState.Running), Of(JobState.Succeeded), Of(JobState.Failed), Of(JobState.Cancelled));
        await context.AnswerAsync(view, ServerJson.Default.BatchView).ConfigureAwait(false);

        long Of(JobState state) => counts.GetValueOrDefault(state);
    }

    /// <summary>
    /// JSON lines in order of submission. Lists come newest first, so they are gone through twice: once for where pages begin, then backwards page by page.
    /// </summary>
    public async Task ResultsAsync(HttpContext context)
    {
        var (id, _) = await CountAsync(context).ConfigureAwait(false);
        var cancellation = context.RequestAborted;
        Stack<JobId?> pages = new([null]);
        for (var page = await PageAsync(null).ConfigureAwait(false); page.Count == Page; page = await PageAsync(page[^1].Id).ConfigureAwait(false))
            pages.Push(page[^1].Id);
        context.Response.ContentType = "application/jsonl";
        while (pages.TryPop(out var before))
        {
            foreach (var job in (await PageAsync(before).ConfigureAwait(false)).Reverse())
            {
                var error = job.Failure is { } failure ? JobViews.Of(job, failure) : null;
                BatchResult result = new(job.CustomId, job.Id.Value, job.State.ToString().ToLowerInvariant(), [.. job.Pictures.Select(p => views.Of(job, p))], error);
                using (Utf8JsonWriter writer = new(context.Response.BodyWriter))
                    JsonSerializer.Serialize(writer, result, ServerJson.Default.BatchResult);
                context.Response.BodyWriter.Write("\n"u8);
            }
            await context.Response.BodyWriter.FlushAsync(cancellation).ConfigureAwait(false);
        }

        Task<IReadOnlyList<Job>> PageAsync(JobId? before) => jobs.ListAsync(new JobQuery(context.Caller().Tenant, [], id, before, Page), cancellation);
    }

    private async Task<(BatchId Id, IReadOnlyDictionary<JobState, long> Counts)> CountAsync(HttpContext context)
    {
        string text = (string)context.Request.RouteValues["id"]!;
        BatchId id = new(text);
        var counts = await jobs.CountAsync(context.Caller().Tenant, id, context.RequestAborted).ConfigureAwait(false);
        return counts.Values.Sum() > 0 ? (id, counts) : throw ApiException.NotFound("Batch", text);
    }
}
