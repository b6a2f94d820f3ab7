using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Gesso.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace Gesso.Storage.Sqlite;

/// <summary>
/// A SQLite file with one writer thread and group commit: whatever is asked while a commit is on its way to the disk shares the next one. Readers have their own
/// connections and never wait for the writer.
/// </summary>
internal sealed class SqliteDatabase : ISqlDatabase, ISqlDialect, IAsyncDisposable
{
    private const int MostInARound = 512;

    private readonly string _path;
    private readonly bool _lossy;
    private readonly Action _changed;
    private readonly Channel<Write> _writes = Channel.CreateUnbounded<Write>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentBag<SqliteSession> _readers = [];
    private readonly SqliteSession _session;
    private readonly Thread _writer;
    private bool _full = true;

    /// <param name="path">The file.</param>
    /// <param name="lossy">Nothing is flushed to disk: for what may be lost.</param>
    /// <param name="changed">Called after each commit.</param>
    public SqliteDatabase(string path, bool lossy, Action changed)
    {
        _path = path;
        _lossy = lossy;
        _changed = changed;
        _session = new SqliteSession(SqliteFiles.Open(path));
        SqliteFiles.Execute(_session.Connection, lossy ? "PRAGMA synchronous = OFF" : "PRAGMA synchronous = FULL");
        _writer = new Thread(Run) { IsBackground = true, Name = "sqlite writer" };
        _writer.Start();
    }

    public ISqlDialect Dialect => this;

    string? ISqlDialect.ClaimLock => null;

    string ISqlDialect.ForUpdate => "";

    string ISqlDialect.Ordinal => "";

    public async Task<T> WriteAsync<T>(Func<ISqlSession, T> work, WriteKind kind, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var write = new Write<T>(work, kind);
        ObjectDisposedException.ThrowIf(!_writes.Writer.TryWrite(write), this);
        return await write.Task.ConfigureAwait(false);
    }

    public Task<T> ReadAsync<T>(Func<ISqlSession, T> work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!_readers.TryTake(out var session))
            session = new SqliteSession(SqliteFiles.Open(_path));
        try
        {
            SqliteFiles.Execute(session.Connection, "BEGIN");
            try
            {
                return Task.FromResult(work(session));
            }
            finally
            {
                SqliteFiles.Execute(session.Connection, "COMMIT");
                _readers.Add(session);
            }
        }
        catch (SqliteException e)
        {
            return Task.FromException<T>(SqliteFiles.Tell(e, _path));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _ = _writes.Writer.TryComplete();
        await Task.Run(_writer.Join).ConfigureAwait(false);
        _session.Dispose();
        while (_readers.TryTake(out var reader))
            reader.Dispose();
    }

    private void Run()
    {
        List<Write> round = [];
        while (_writes.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (round.Count < MostInARound && _writes.Reader.TryRead(out var write))
                round.Add(write);
            Commit(round);
            round.Clear();
        }
    }

    /// <summary>All of them in one transaction; if one fails, each in its own.</summary>
    private void Commit(List<Write> round)
    {
        if (TryCommit(round, round.Count > 1))
            return;
        foreach (var write in round)
            _ = TryCommit([write], repeatable: false);
    }

    private bool TryCommit(List<Write> round, bool repeatable)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            Synchronise(round.Exists(w => w.Kind == WriteKind.Durable));
            _ = _session.Execute("BEGIN IMMEDIATE");
            foreach (var write in round)
                write.Run(_session);
            _ = _session.Execute("COMMIT");
        }
        catch (Exception e)
        {
            RollBack();
            if (repeatable)
                return false;
            foreach (var write in round)
                write.Fail(e is SqliteException sqlite ? SqliteFiles.Tell(sqlite, _path) : e);
            return true;
        }
        StorageMeters.Commit(Stopwatch.GetElapsedTime(start));
        foreach (var write in round)
            write.Succeed();
        _changed();
        return true;
    }

    private void RollBack()
    {
        try
        {
            _ = _session.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // BEGIN itself failed, or SQLite has rolled back already
        }
    }

    /// <summary>A round of relaxed writes needs no flush; the next durable one flushes it, too.</summary>
    private void Synchronise(bool full)
    {
        if (_lossy || full == _full)
            return;
        _ = _session.Execute(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        _full = full;
    }

    private abstract class Write(WriteKind kind)
    {
        public WriteKind Kind => kind;

        public abstract void Run(ISqlSession session);

        public abstract void Succeed();

        public abstract void Fail(Exception reason);
    }

    private sealed class Write<T>(Func<ISqlSession, T> work, WriteKind kind) : Write(kind)
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;

        public Task<T> Task => _done.Task;

        public override void Run(ISqlSession session) => _result = work(session);

        public override void Succeed() => _done.SetResult(_result);

        public override void Fail(Exception reason) => _done.SetException(reason);
    }
}
