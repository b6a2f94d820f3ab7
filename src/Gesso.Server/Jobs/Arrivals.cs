namespace Gesso.Server.Jobs;

/// <summary>Tells a worker within this process that this process has stored a job, so that it need not look at the store whenever anything changes there.</summary>
internal sealed class Arrivals
{
    private TaskCompletionSource _next = Create();

    /// <summary>Completes with the next job; take it before looking, so that none falls between.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Note() => Interlocked.Exchange(ref _next, Create()).SetResult();

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
