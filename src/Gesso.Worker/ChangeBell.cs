namespace Gesso.Worker;

/// <summary>The device thread rings, one loop waits; rings in between are one.</summary>
internal sealed class ChangeBell
{
    private volatile TaskCompletionSource _next = New();

    /// <summary>Completes at the next ring.</summary>
    public Task Next => _next.Task;

    public void Ring() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
