using Gesso.Contracts.Errors;
using Gesso.Platform.Jobs;
using Gesso.Server.Errors;

namespace Gesso.Server.Jobs;

/// <summary>How the end of a job looks to whoever waited for it.</summary>
internal static class JobErrors
{
    /// <summary>Not to be tried again by itself: the queue has done that, and a repeat would cost the same again.</summary>
    public static ApiException Failed(Job job, JobFailure failure)
    {
        var error = ApiException.From(new GessoException(failure.Kind, failure.Code, $"Job {job.Id} failed: {failure.Message}"));
        return new ApiException(failure.Code == JobFailure.DeadlineExceeded ? 504 : error.Status, error.Error) { MayRetry = false };
    }
}
