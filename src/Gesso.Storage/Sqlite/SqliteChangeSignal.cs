using Gesso.Platform.Jobs;
using Microsoft.Data.Sqlite;

namespace Gesso.Storage.Sqlite;

/// <summary>
/// Changes made here signal at once; those of other processes are seen by asking <c>PRAGMA data_version</c> of both files, every 15 ms and only while somebody
/// waits.
/// </summary>
internal sealed class SqliteChangeSignal(IReadOnlyList<string> files) : IChangeSignal, IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(15);
    private const int IdleLooks = 400;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ended = new();
    private TaskCompletionSource _next = New();
    private long _version;
    private int _waiting;
    private bool _polls;
    private Task _polling = Task.CompletedTask;

    public long Version => Interlocked.Read(ref _version);

    public void Change()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _version++;
            changed = _next;
            _next = New();
        }
        changed.SetResult();
    }

    public async Task WaitAsync(long seen, TimeSpan longest, CancellationToken cancellation = default)
    {
        Task changed;
        lock (_lock)
        {
            if (_version != seen)
                return;
            changed = _next.Task;
            _waiting++;
            if (!_polls && !_ended.IsCancellationRequested)
            {
                _polls = true;
                _polling = Task.Run(PollAsync, CancellationToken.None);
            }
        }
        try
        {
            await changed.WaitAsync(longest, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // as promised: at the latest then
        }
        finally
        {
            lock (_lock)
                _waiting--;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _polling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
    }

    private async Task PollAsync()
    {
        List<SqliteSession> sessions = [];
        try
        {
            sessions.AddRange(files.Select(file => new SqliteSession(SqliteFiles.Open(file))));
            long last = Versions();
            Change();                                                                       // what happened before the first look
            for (int idle = 0; !_ended.IsCancellationRequested; idle++)
            {
                await Task.Delay(Look, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                long now = Versions();
                if (now != last)
                    Change();
                last = now;
                lock (_lock)
                {
                    idle = _waiting > 0 ? 0 : idle;
                    if (idle < IdleLooks)
                        continue;
                    _polls = false;
                    return;
                }
            }
        }
        catch (Exception e) when (e is SqliteException or Contracts.Errors.GessoException)
        {
            // waiters time out and look for themselves; the next one starts the polling again
            lock (_lock)
                _polls = false;
        }
        finally
        {
            sessions.ForEach(s => s.Dispose());
        }

        long Versions() => sessions.Sum(s => s.Query("PRAGMA data_version", r => r.GetInt64(0))[0]);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
