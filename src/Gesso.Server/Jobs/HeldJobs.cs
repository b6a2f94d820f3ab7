using Gesso.Platform.Jobs;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Health;
using Gesso.Server.Hosting;

namespace Gesso.Server.Jobs;

/// <summary>
/// Jobs whose caller holds the connection open for them. When it hangs up, nobody will ever ask for the picture, and the job is cancelled; unless it came with
/// an idempotency key, by which the caller finds it again.
/// </summary>
internal sealed partial class HeldJobs(JobWatch watch, IJobStore store, Drain drain, ServerOptions options, TimeProvider time, ILogger<HeldJobs> logger)
{
    private readonly TimeSpan _longest = options.Limits.SynchronousWait;

    /// <summary>The job at its end.</summary>
    /// <exception cref="ApiException">503 <c>server_stopping</c>, 504 <c>wait_too_long</c>; the job goes on.</exception>
    public async Task<Job> FinalAsync(HttpContext context, Job job, bool isKept)
    {
        if (job.State.IsFinal())
            return job;
        Job? final = null;
        await HoldAsync(context, job, isKept, async cancellation => final = await watch.FinalAsync(job, cancellation).ConfigureAwait(false)).ConfigureAwait(false);
        return final!;
    }

    /// <summary>Waits in some way, bounded by the caller's patience, the server's life and the longest wait.</summary>
    /// <exception cref="ApiException">As above.</exception>
    public async Task HoldAsync(HttpContext context, Job job, bool isKept, Func<CancellationToken, Task> wait)
    {
        using CancellationTokenSource late = new(_longest, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Waits, late.Token);
        try
        {
            await wait(end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            if (drain.Waits.IsCancellationRequested)
            {
                string again = isKept ? ", or send the request again with the same Idempotency-Key" : "";
                string message = $"The server is stopping. Job {job.Id} goes on: look at /api/jobs/{job.Id}{again}.";
                throw new ApiException(503, new ApiError(message, "server_error", null, "server_stopping"), TimeSpan.FromSeconds(2)) { MayRetry = isKept };
            }
            if (!context.RequestAborted.IsCancellationRequested)
            {
                string message = $"Job {job.Id} is not done after {_longest.TotalMinutes:0.#} minutes. It goes on: look at /api/jobs/{job.Id}.";
                throw new ApiException(504, new ApiError(message, "server_error", null, "wait_too_long"));
            }
            if (!isKept)
                await AbandonAsync(context.Caller(), job).ConfigureAwait(false);
            throw;
        }
    }

    private async Task AbandonAsync(Caller caller, Job job)
    {
        var outcome = await store.CancelAsync(caller.Tenant, job.Id, time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        if (outcome == CancelOutcome.Cancelled)
            Log.Abandoned(logger, job.Id.Value);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Job {Job} is cancelled: its caller hung up")]
        public static partial void Abandoned(ILogger logger, string job);
    }
}
