using Gesso.Platform.Jobs;

namespace Gesso.Storage;

/// <summary>Wakes those who wait in this process; databases tell it of changes, their own and those of other processes.</summary>
internal sealed class ChangeSignal(TimeProvider time) : IChangeSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _next = New();
    private long _version;
    private int _waiting;

    /// <summary>Raised when the first one begins to wait: from now on changes of other processes matter.</summary>
    public event Action? Watched;

    public long Version => Interlocked.Read(ref _version);

    public bool IsWatched => Volatile.Read(ref _waiting) > 0;

    public void Change()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _version++;
            changed = _next;
            if (_waiting > 0)
                _next = New();
            else
                return;
        }
        changed.SetResult();
    }

    public async Task WaitAsync(long seen, TimeSpan longest, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        Task changed;
        bool first;
        lock (_lock)
        {
            if (_version != seen)
                return;
            changed = _next.Task;
            first = ++_waiting == 1;
        }
        try
        {
            if (first)
                Watched?.Invoke();
            await changed.WaitAsync(longest, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            lock (_lock)
                _waiting--;
        }
        cancellation.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
