using Gesso.Platform.Jobs;

namespace Gesso.Testing.Platform;

/// <summary>Wakes whoever waits in this process.</summary>
internal sealed class MemoryChangeSignal(TimeProvider time) : IChangeSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _next = New();
    private long _version;

    public long Version => Interlocked.Read(ref _version);

    public void Change()
    {
        lock (_lock)
        {
            _version++;
            _next.SetResult();
            _next = New();
        }
    }

    public async Task WaitAsync(long seen, TimeSpan longest, CancellationToken cancellation = default)
    {
        Task changed;
        lock (_lock)
            changed = _version == seen ? _next.Task : Task.CompletedTask;
        await changed.WaitAsync(longest, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
