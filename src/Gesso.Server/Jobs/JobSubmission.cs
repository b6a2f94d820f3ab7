using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Json;
using Gesso.Server.Telemetry;

namespace Gesso.Server.Jobs;

/// <summary>A stored job.</summary>
/// <param name="Job">As stored; an earlier one when the idempotency key came before.</param>
/// <param name="Model">What draws it.</param>
/// <param name="Warnings">What was adjusted or has no effect, in sentences for the caller.</param>
/// <param name="IsNew">False: the job was there.</param>
internal sealed record AcceptedJob(Job Job, ServedModel Model, IReadOnlyList<string> Warnings, bool IsNew);

/// <summary>Orders in, stored jobs out: once a caller has heard of a job, no crash loses it.</summary>
internal sealed class JobSubmission(IJobStore store, JobDrafting drafting, QueueEstimate estimate, PromptLog prompts)
{
    /// <exception cref="ApiException">
    /// 400, 404 and 503 of drafting; 422 <c>idempotency_key_reused</c>; 429 <c>queue_full</c>; 503 <c>server_queue_full</c>.
    /// </exception>
    public async Task<AcceptedJob> SubmitAsync(Caller caller, JobOrder order, CancellationToken cancellation)
    {
        var drafted = await drafting.DraftAsync(caller, order, cancellation).ConfigureAwait(false);
        // not cancelled any more: a job that is stored while its caller hangs up must be known to whoever deals with that
        var submissions = await store.SubmitAsync([drafted.Draft], CancellationToken.None).ConfigureAwait(false);
        return await AcceptAsync(submissions[0], drafted, cancellation).ConfigureAwait(false);
    }

    /// <summary>Several at once, each on its own terms: one transaction for all that are valid.</summary>
    /// <returns>In order of the drafts: a job, or the reason why not.</returns>
    public async Task<IReadOnlyList<(AcceptedJob? Job, ApiException? Error)>> SubmitAsync(IReadOnlyList<DraftedJob> drafts, CancellationToken cancellation)
    {
        var submissions = await store.SubmitAsync([.. drafts.Select(d => d.Draft)], cancellation).ConfigureAwait(false);
        List<(AcceptedJob?, ApiException?)> results = new(drafts.Count);
        for (int i = 0; i < drafts.Count; i++)
        {
            try
            {
                results.Add((await AcceptAsync(submissions[i], drafts[i], cancellation).ConfigureAwait(false), null));
            }
            catch (ApiException e)
            {
                results.Add((null, e));
            }
        }
        return results;
    }

    private async Task<AcceptedJob> AcceptAsync(Submission submission, DraftedJob drafted, CancellationToken cancellation)
    {
        switch (submission.Status)
        {
            case SubmitStatus.Created or SubmitStatus.Existing:
                if (submission.Status == SubmitStatus.Created)
                    prompts.Note(submission.Job!);
                return new AcceptedJob(submission.Job!, drafted.Model, drafted.Warnings, submission.Status == SubmitStatus.Created);
            case SubmitStatus.KeyReused:
                string key = Shown.Quote(drafted.Draft.Idempotency!.Key);
                throw new ApiException(422, new ApiError(
                    $"Idempotency-Key: {key} came before with another request (job {submission.Job?.Id}): take a new key for a new request.",
                    "invalid_request_error", null, "idempotency_key_reused"));
            case SubmitStatus.TenantQueueFull:
                var own = await estimate.SecondsAsync(drafted.Draft.Tenant, cancellation).ConfigureAwait(false);
                throw new ApiException(429, new ApiError(
                    $"Your queue is full: {drafted.Draft.TenantQueueLimit} jobs wait or run. Try again in about {own.TotalSeconds:0} s, or cancel some.",
                    "rate_limit_error", null, "queue_full"), own);
            default:
                var all = await estimate.SecondsAsync(null, cancellation).ConfigureAwait(false);
                throw new ApiException(503, new ApiError(
                    $"The server's queue is full: {drafted.Draft.QueueLimit} jobs wait. Try again in about {all.TotalSeconds:0} s.",
                    "server_error", null, "server_queue_full"), all);
        }
    }
}
