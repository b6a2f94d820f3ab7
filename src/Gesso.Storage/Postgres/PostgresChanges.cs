using System.Security.Cryptography;
using Gesso.Storage.Sql;
using Npgsql;

namespace Gesso.Storage.Postgres;

/// <summary>
/// Changes between processes. NOTIFY is a hint: sent after commits, not in them (it takes a lock on the whole database), without content, at most twenty times a
/// second. The truth is a look at the list of transactions every 250 ms while somebody waits; a connection that breaks is replaced.
/// </summary>
internal sealed class PostgresChanges : IAsyncDisposable
{
    private static readonly TimeSpan HintEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(1);

    /// <summary>Tells own hints from those of others.</summary>
    private readonly string _sender = RandomNumberGenerator.GetHexString(16, lowercase: true);
    private readonly NpgsqlDataSource _source;
    private readonly ChangeSignal _signal;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly SemaphoreSlim _watched = new(0, 1);
    private readonly Task _loops;

    public PostgresChanges(NpgsqlDataSource source, ChangeSignal signal, TimeProvider time)
    {
        _source = source;
        _signal = signal;
        _time = time;
        signal.Watched += OnWatched;
        _loops = Task.WhenAll(Task.Run(ListenAsync), Task.Run(HintAsync), Task.Run(LookAsync));
    }

    /// <summary>A transaction of this process changed something.</summary>
    public void Announce()
    {
        _signal.Change();
        Release(_changed);
    }

    public async ValueTask DisposeAsync()
    {
        _signal.Watched -= OnWatched;
        await _ended.CancelAsync().ConfigureAwait(false);
        await _loops.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
        _changed.Dispose();
        _watched.Dispose();
    }

    private void OnWatched() => Release(_watched);

    private Task ListenAsync() => RepeatAsync(async () =>
    {
        await using var connection = await _source.OpenConnectionAsync(_ended.Token).ConfigureAwait(false);
        connection.Notification += (_, hint) =>
        {
            if (hint.Payload != _sender)
                _signal.Change();
        };
        await using var listen = new NpgsqlCommand("LISTEN gesso_changes", connection);
        _ = await listen.ExecuteNonQueryAsync(_ended.Token).ConfigureAwait(false);
        while (true)
            await connection.WaitAsync(_ended.Token).ConfigureAwait(false);
    });

    private Task HintAsync() => RepeatAsync(async () =>
    {
        await _changed.WaitAsync(_ended.Token).ConfigureAwait(false);
        await using var connection = await _source.OpenConnectionAsync(_ended.Token).ConfigureAwait(false);
        var session = new PostgresSession(connection, _ended.Token);
        await session.BeginAsync(WriteKind.Relaxed).ConfigureAwait(false);                  // a hint need not wait for a disk
        await session.PostAsync($"NOTIFY gesso_changes, '{_sender}'").ConfigureAwait(false);
        await session.CommitAsync().ConfigureAwait(false);
        await Task.Delay(HintEvery, _time, _ended.Token).ConfigureAwait(false);
    });

    private Task LookAsync()
    {
        object? last = null;
        return RepeatAsync(async () =>
        {
            if (last is not null && !_signal.IsWatched)
                await _watched.WaitAsync(_ended.Token).ConfigureAwait(false);
            await using var ask = _source.CreateCommand("SELECT pg_current_snapshot()::text");
            object? now = await ask.ExecuteScalarAsync(_ended.Token).ConfigureAwait(false);
            if (last is not null && !Equals(now, last))
                _signal.Change();
            last = now;
            await Task.Delay(LookEvery, _time, _ended.Token).ConfigureAwait(false);
        });
    }

    /// <summary>Work that is done again and again until the end; a connection that breaks is replaced by the next time.</summary>
    private async Task RepeatAsync(Func<Task> work)
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (Exception e) when (PostgresErrors.IsKnown(e) && !_ended.IsCancellationRequested)
            {
                _signal.Change();                                                           // whoever waits looks, and meets the error itself
                await Task.Delay(Reconnect, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static void Release(SemaphoreSlim semaphore)
    {
        try
        {
            if (semaphore.CurrentCount == 0)
                _ = semaphore.Release();
        }
        catch (SemaphoreFullException)
        {
            // somebody else released it in between, which is what was wanted
        }
    }
}
