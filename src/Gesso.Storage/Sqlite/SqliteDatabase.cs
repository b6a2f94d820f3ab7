using System.Collections.Concurrent;
using Gesso.Contracts.Errors;
using Gesso.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace Gesso.Storage.Sqlite;

/// <summary>A SQLite file: one writer, and readers with connections of their own, which never wait for it.</summary>
internal sealed class SqliteDatabase(string path, bool lossy, ChangeSignal signal) : ISqlDatabase, IAsyncDisposable
{
    private const int KeptReaders = 16;

    private static readonly TimeSpan ReaderLockLimit = TimeSpan.FromSeconds(10);

    private readonly SqliteWriter _writer = new(path, lossy, signal);
    private readonly DiskReserve _reserve = new(path + "-reserve");
    private readonly ConcurrentBag<SqliteSession> _readers = [];

    /// <summary>Room for deletions on a full disk.</summary>
    public void KeepReserve() => _reserve.Keep();

    public bool GroupsCommits => true;

    public async Task<T> WriteAsync<T>(Func<SqlSession, ValueTask<T>> work, WriteKind kind, CancellationToken cancellation)
    {
        if (kind != WriteKind.Freeing)
            return await AddAsync(work, kind, cancellation).ConfigureAwait(false);
        try
        {
            var result = await AddAsync(work, kind, cancellation).ConfigureAwait(false);
            _reserve.Keep();
            return result;
        }
        catch (GessoException e) when (e.Code == "storage_full" && _reserve.GiveUp())
        {
            return await AddAsync(work, kind, cancellation).ConfigureAwait(false);
        }
    }

    public async Task<(T? Result, long Seen)> WriteNextAsync<T>(
        Func<SqlSession, ValueTask<T>> work, Func<T, bool> found, long seen, CancellationToken withdraw)
        where T : class
    {
        var write = new SqliteNextWrite<T>(work, found, withdraw) { Seen = seen };
        _writer.Await(write);
        if (write.Task.IsCompleted)
            return await write.Task.ConfigureAwait(false);
        await using var registration = withdraw.UnsafeRegister(_ => _writer.Withdraw(write), null).ConfigureAwait(false);
        return await write.Task.ConfigureAwait(false);
    }

    private Task<T> AddAsync<T>(Func<SqlSession, ValueTask<T>> work, WriteKind kind, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var write = new SqliteWrite<T>(work, kind, cancellation);
        _writer.Add(write);
        return write.Task.WaitAsync(cancellation);
    }

    public Task<T> ReadAsync<T>(Func<SqlSession, ValueTask<T>> work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        SqliteSession? session = null;
        try
        {
            if (!_readers.TryTake(out session))
                session = SqliteFiles.Open(path, ReaderLockLimit);
            var result = SqliteSession.Completed(work(session));
            Keep(session);
            return Task.FromResult(result);
        }
        catch (Exception e)
        {
            session?.Dispose();                                                             // whatever it was: the next reader begins with a new one
            return Task.FromException<T>(e is SqliteException sqlite ? SqliteFiles.Tell(sqlite, path) : e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.Run(_writer.Dispose).ConfigureAwait(false);
        while (_readers.TryTake(out var reader))
            reader.Dispose();
    }

    private void Keep(SqliteSession session)
    {
        if (_readers.Count < KeptReaders)
            _readers.Add(session);
        else
            session.Dispose();
    }
}
