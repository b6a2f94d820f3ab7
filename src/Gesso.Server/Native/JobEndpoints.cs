using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Limits;
using Gesso.Server.Pictures;

namespace Gesso.Server.Native;

/// <summary>/api/jobs: submit, list, look, cancel, repeat, forget.</summary>
internal sealed class JobEndpoints(
    JobFields fields, JobMapping mapping, JobViews views, JobLookup lookup, JobSubmission submission, BatchSubmission batches, InputPictures pictures,
    QueueEstimate estimate, IJobStore jobs, IProgressBus progress, RateLimits rates, ServerOptions options, TimeProvider time)
{
    public async Task SubmitAsync(HttpContext context)
    {
        if (BatchSubmission.Matches(context.Request))
        {
            await batches.SubmitAsync(context).ConfigureAwait(false);
            return;
        }
        string? key = JobDrafting.IdempotencyKeyOf(context.Request);
        var given = await RequestFields.ReadAsync(context, fields.Job, options.Limits).ConfigureAwait(false);
        var order = await mapping.OrderAsync(context.Caller(), given, key, null, context.RequestAborted).ConfigureAwait(false);
        await AcceptAsync(context, order, secretWasGiven: given.Read(fields.Webhook)?.Has(JobFields.WebhookSecret) ?? true).ConfigureAwait(false);
    }

    public async Task ListAsync(HttpContext context)
    {
        var query = RequestFields.FromQuery(QueryFields.Jobs, context.Request.Query);
        int limit = QueryFields.LimitOf(query);
        BatchId? batch = query.Read(QueryFields.Batch) is { } named ? new BatchId(named) : null;
        JobQuery asked = new(TenantOf(query, context.Caller()), QueryFields.StatesOf(query), batch, QueryFields.BeforeOf(query), limit);
        var found = await jobs.ListAsync(asked, context.RequestAborted).ConfigureAwait(false);
        var running = found.Where(j => j.State == JobState.Running).ToDictionary(j => j.Id, _ => (0, -1L));
        var advances = running.Count == 0
            ? []
            : (await progress.ReadAsync(running, context.RequestAborted).ConfigureAwait(false)).ToDictionary(p => p.Attempt.Job);
        JobList list = new([.. found.Select(j => views.Of(j, advances.GetValueOrDefault(j.Id)))], found.Count == limit ? found[^1].Id.Value : null);
        await context.AnswerAsync(list, ServerJson.Default.JobList).ConfigureAwait(false);
    }

    public async Task ShowAsync(HttpContext context)
    {
        var job = await lookup.FindAsync(context).ConfigureAwait(false);
        await context.AnswerAsync(await ViewAsync(job, context.RequestAborted).ConfigureAwait(false), ServerJson.Default.JobView).ConfigureAwait(false);
    }

    /// <summary>Answers with the job as it is then; one that had reached its end before is left as it is.</summary>
    public async Task CancelAsync(HttpContext context)
    {
        var id = JobLookup.IdOf(context);
        if (await jobs.CancelAsync(JobLookup.Scope(context.Caller()), id, time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false) == CancelOutcome.Unknown)
            throw JobLookup.NotFound(id.Value);
        await ShowAsync(context).ConfigureAwait(false);
    }

    /// <summary>The same work with the same seed as a new job.</summary>
    public async Task RetryAsync(HttpContext context)
    {
        var job = await lookup.FindAsync(context).ConfigureAwait(false);
        if (!job.State.IsFinal())
            throw NotFinished(job.Id.Value, "Cancel it first, or wait for its end.");
        var caller = context.Caller();
        var work = job.Work;
        await AcceptAsync(
            context,
            new JobOrder
            {
                Model = work.Model,
                Prompt = work.Prompt,
                Options = OptionsOf(work, job.Priority),
                Size = work.Size,
                Count = work.Count,
                Image = await SourceAsync("image", work.InitImage?.Sha256).ConfigureAwait(false),
                Mask = await SourceAsync("mask", work.Mask?.Sha256).ConfigureAwait(false),
                MaskReading = work.MaskReading,
                ControlImage = await SourceAsync("control_image", work.ControlImage?.Sha256).ConfigureAwait(false),
                Format = work.Format,
                Compression = work.Quality,
                Previews = work.Previews,
                Webhook = job.Webhook,
                IdempotencyKey = JobDrafting.IdempotencyKeyOf(context.Request),
            },
            secretWasGiven: true).ConfigureAwait(false);

        async Task<SourcePicture?> SourceAsync(string param, string? asset) =>
            asset is null ? null : await pictures.ResolveAsync(caller, param, asset, context.RequestAborted).ConfigureAwait(false);
    }

    public async Task RemoveAsync(HttpContext context)
    {
        var job = await lookup.FindAsync(context).ConfigureAwait(false);
        if (!await jobs.RemoveAsync(job.Tenant, job.Id, CancellationToken.None).ConfigureAwait(false))
            throw NotFinished(job.Id.Value, "Cancel it first.");
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task AcceptAsync(HttpContext context, JobOrder order, bool secretWasGiven)
    {
        rates.TakePictures(context, order.Count);
        var accepted = await submission.SubmitAsync(context.Caller(), order, context.RequestAborted).ConfigureAwait(false);
        context.Response.Headers.Location = $"/api/jobs/{accepted.Job.Id}";
        var view = views.Of(accepted.Job) with
        {
            Warnings = accepted.Warnings.Count == 0 ? null : accepted.Warnings,
            WebhookSecret = secretWasGiven ? null : accepted.Job.Webhook?.Secret,
        };
        await context.AnswerAsync(view, ServerJson.Default.JobView, StatusCodes.Status202Accepted).ConfigureAwait(false);
    }

    private async Task<JobView> ViewAsync(Job job, CancellationToken cancellation)
    {
        switch (job.State)
        {
            case JobState.Queued when await jobs.PlaceAsync(job.Id, cancellation).ConfigureAwait(false) is { } place:
                double wait = await estimate.WaitAsync(place.Seconds, cancellation).ConfigureAwait(false);
                return views.Of(job) with { Position = place.Jobs, WaitSeconds = Math.Round(wait, 1) };
            case JobState.Running:
                var advances = await progress.ReadAsync(new Dictionary<JobId, (int, long)> { [job.Id] = (0, -1) }, cancellation).ConfigureAwait(false);
                return views.Of(job, advances.Count > 0 ? advances[0] : null);
            default:
                return views.Of(job);
        }
    }

    private static WorkOptions OptionsOf(ImageJob work, int priority) => new()
    {
        Seed = work.Seed,
        Steps = work.Steps,
        Guidance = work.Guidance,
        TrueGuidance = work.TrueGuidance,
        NegativePrompt = work.NegativePrompt,
        Prompt2 = work.Prompt2,
        Strength = work.Strength,
        Sampler = work.Sampler,
        Parity = work.Parity,
        TextLength = work.TextLength,
        Adapters = work.Adapters.Count == 0 ? null : work.Adapters,
        Text = work.Text is { } text ? new TextChoice(false, text.Document) : TextChoice.None,
        Priority = priority,
    };

    /// <summary>Own jobs; administrators may name another tenant, or * for all.</summary>
    private static TenantId? TenantOf(RequestFields query, Caller caller)
    {
        if (query.Read(QueryFields.Tenant) is not { } named || named == caller.Tenant.Value)
            return caller.Tenant;
        if (!caller.IsAdmin)
            throw new ApiException(403, new ApiError("tenant: this key sees its own tenant only.", "permission_error", "tenant", "insufficient_role"));
        return named == "*" ? null : new TenantId(named);
    }

    private static ApiException NotFinished(string id, string advice) =>
        new(409, new ApiError($"Job {id} is not finished. {advice}", "invalid_request_error", null, "job_not_finished"));
}
