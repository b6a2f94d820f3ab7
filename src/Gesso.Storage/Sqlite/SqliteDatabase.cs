using System.Collections.Concurrent;
using Gesso.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace Gesso.Storage.Sqlite;

/// <summary>A SQLite file: one writer, and readers with connections of their own, which never wait for it.</summary>
internal sealed class SqliteDatabase(string path, bool lossy, ChangeSignal signal) : ISqlDatabase, IAsyncDisposable
{
    private const int KeptReaders = 16;

    private static readonly TimeSpan ReaderLockLimit = TimeSpan.FromSeconds(10);

    private readonly SqliteWriter _writer = new(path, lossy, signal);
    private readonly ConcurrentBag<SqliteSession> _readers = [];

    public bool GroupsCommits => true;

    public Task<T> WriteAsync<T>(Func<SqlSession, ValueTask<T>> work, WriteKind kind, CancellationToken cancellation)
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
