using System.Buffers;
using System.Globalization;
using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Limits;

namespace Gesso.Server.Native;

/// <summary>
/// POST /api/jobs with JSON lines: a job a line, stored while the body still arrives. Lines stand for themselves: one that is wrong is told and stops nobody.
/// </summary>
internal sealed class BatchSubmission(
    JobFields fields, JobMapping mapping, JobDrafting drafting, JobSubmission submission, RateLimits rates, SortableId ids, ServerOptions options)
{
    /// <summary>Lines stored in one transaction.</summary>
    private const int Chunk = 200;

    public static bool Matches(HttpRequest request) => request.ContentType is { } type
        && (type.StartsWith("application/jsonl", StringComparison.OrdinalIgnoreCase) || type.StartsWith("application/x-ndjson", StringComparison.OrdinalIgnoreCase));

    public async Task SubmitAsync(HttpContext context)
    {
        Batch batch = new(context.Caller(), ids.NewBatch(), JobDrafting.IdempotencyKeyOf(context.Request));
        List<(int Line, DraftedJob Draft)> drafts = [];
        await foreach (var (number, line) in JsonLines.ReadAsync(context.Request.BodyReader, context.RequestAborted).ConfigureAwait(false))
        {
            if (batch.Lines++ == options.Limits.MaxBatchLines)
            {
                string message = $"A batch has at most {options.Limits.MaxBatchLines} lines: send the rest, from this line on, as another.";
                batch.Failed.Add(new FailedLine(number, null, new ApiError(message, "invalid_request_error", null, "too_many_lines")));
                break;
            }
            if (await DraftAsync(context, batch, number, line).ConfigureAwait(false) is { } drafted)
                drafts.Add((number, drafted));
            if (drafts.Count == Chunk)
                await StoreAsync(batch, drafts).ConfigureAwait(false);
        }
        await StoreAsync(batch, drafts).ConfigureAwait(false);
        await context.AnswerAsync(batch.Answer(), ServerJson.Default.BatchAnswer, StatusCodes.Status202Accepted).ConfigureAwait(false);
    }

    /// <summary>Null: the line is among the failed ones.</summary>
    private async Task<DraftedJob?> DraftAsync(HttpContext context, Batch batch, int number, ReadOnlySequence<byte> line)
    {
        string? customId = null;
        try
        {
            var given = RequestFields.FromJson(fields.Line, JsonBody.Parse(line, "line"));
            customId = given.Read(fields.CustomId);
            if (customId is not null && !batch.CustomIds.Add(customId))
                throw ApiException.Invalid("custom_id", "duplicate_custom_id", $"custom_id: \"{customId}\" is on an earlier line of this batch.");
            string? key = batch.IdempotencyKey is { } whole ? string.Create(CultureInfo.InvariantCulture, $"{whole}:{number}") : null;
            if (key?.Length > JobDrafting.LongestIdempotencyKey)
                throw ApiException.Invalid(null, "invalid_idempotency_key", "Idempotency-Key: the number of the line is put behind it, which makes it too long.");
            var order = await mapping.OrderAsync(batch.Caller, given, key, batch.Id, context.RequestAborted).ConfigureAwait(false);
            rates.TakePictures(context, order.Count);
            return await drafting.DraftAsync(batch.Caller, order, context.RequestAborted).ConfigureAwait(false);
        }
        catch (ApiException e)
        {
            batch.Failed.Add(new FailedLine(number, customId, e.Error));
            return null;
        }
        catch (GessoException e) when (e.Kind is not ErrorKind.Bug)
        {
            batch.Failed.Add(new FailedLine(number, customId, ApiException.From(e).Error));
            return null;
        }
    }

    private async Task StoreAsync(Batch batch, List<(int Line, DraftedJob Draft)> drafts)
    {
        if (drafts.Count == 0)
            return;
        var results = await submission.SubmitAsync([.. drafts.Select(d => d.Draft)], CancellationToken.None).ConfigureAwait(false);
        foreach (var ((line, drafted), (accepted, error)) in drafts.Zip(results))
        {
            if (accepted is not null)
                batch.Jobs.Add(accepted);
            else
                batch.Failed.Add(new FailedLine(line, drafted.Draft.CustomId, error!.Error));
        }
        drafts.Clear();
    }

    private sealed class Batch(Caller caller, BatchId id, string? idempotencyKey)
    {
        public Caller Caller => caller;

        public BatchId Id => id;

        public string? IdempotencyKey => idempotencyKey;

        public int Lines { get; set; }

        public HashSet<string> CustomIds { get; } = new(StringComparer.Ordinal);

        public List<FailedLine> Failed { get; } = [];

        public List<AcceptedJob> Jobs { get; } = [];

        /// <summary>A batch that is sent again is the one it was before.</summary>
        public BatchAnswer Answer() => new(
            (Jobs.Count > 0 ? Jobs[0].Job.Batch : null)?.Value ?? id.Value, Jobs.Count, [.. Failed.OrderBy(f => f.Line)],
            [.. Jobs.Select(j => new BatchJob(j.Job.Id.Value, j.Job.CustomId))]);
    }
}
