using System.Diagnostics;
using Gesso.Contracts.Errors;
using Gesso.Storage.Sql;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gesso.Storage.Sqlite;

/// <summary>
/// The thread that writes a file, with group commit: whatever is asked while a commit is on its way to the disk shares the next one. Other processes write the
/// same file: their lock is waited for, they are let in when this one writes without pause, and their changes are looked for while somebody waits for changes.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    private const int MostInARound = 512;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestRun = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan NeighbourMemory = TimeSpan.FromSeconds(10);

    private readonly string _path;
    private readonly bool _lossy;
    private readonly ChangeSignal _signal;
    private readonly object _gate = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly Thread _thread;
    private List<SqliteWrite> _pending = [];
    private bool _ending;

    // the thread's own
    private SqliteSession? _session;
    private bool _full = true;
    private long _dataVersion;
    private long _looked;
    private long _running;
    private long? _neighbour;

    /// <param name="path">The file, with its schema.</param>
    /// <param name="lossy">No commit waits for the disk.</param>
    /// <param name="signal">Told of changes.</param>
    public SqliteWriter(string path, bool lossy, ChangeSignal signal)
    {
        _path = path;
        _lossy = lossy;
        _signal = signal;
        _session = Open();
        _dataVersion = _session.DataVersion();
        signal.Watched += Wake;
        _thread = new Thread(Run) { IsBackground = true, Name = $"writer of {Path.GetFileName(path)}" };
        _thread.Start();
    }

    public void Add(SqliteWrite write)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ending, this);
            _pending.Add(write);
            if (_pending.Count == 1)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Commits what was asked before, then ends.</summary>
    public void Dispose()
    {
        _signal.Watched -= Wake;
        lock (_gate)
        {
            _ending = true;
            Monitor.Pulse(_gate);
        }
        _thread.Join();
        _session?.Dispose();
        _ended.Dispose();
    }

    private void Wake()
    {
        lock (_gate)
            Monitor.Pulse(_gate);
    }

    private void Run()
    {
        List<SqliteWrite> round = [];
        while (Next(ref round))
        {
            if (round.Count > 0)
                LetNeighboursIn();
            for (int start = 0; start < round.Count; start += MostInARound)
                Commit(round.GetRange(start, Math.Min(MostInARound, round.Count - start)));
            round.Clear();
            if (_signal.IsWatched && Stopwatch.GetElapsedTime(_looked) >= LookEvery)
                Look();
        }
    }

    /// <summary>Waits for writes, or until it is time to look for changes of others; false: the end.</summary>
    private bool Next(ref List<SqliteWrite> round)
    {
        lock (_gate)
        {
            if (_pending.Count == 0)
            {
                _running = 0;
                if (_ending)
                    return false;
                if (!_signal.IsWatched)
                    _ = Monitor.Wait(_gate);
                else if (LookEvery - Stopwatch.GetElapsedTime(_looked) is { Ticks: > 0 } rest)
                    _ = Monitor.Wait(_gate, rest);
            }
            (round, _pending) = (_pending, round);
            return true;
        }
    }

    /// <summary>SQLite's lock is not fair: who asks for it without pause keeps others out.</summary>
    private void LetNeighboursIn()
    {
        long now = Stopwatch.GetTimestamp();
        if (_running == 0)
        {
            _running = now;
        }
        else if (Stopwatch.GetElapsedTime(_running, now) > LongestRun)
        {
            Look();
            if (_neighbour is { } seen && Stopwatch.GetElapsedTime(seen, now) < NeighbourMemory)
                _ = _ended.Wait(Pause);
            _running = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Asks whether others changed the file.</summary>
    private void Look()
    {
        _looked = Stopwatch.GetTimestamp();
        try
        {
            long version = (_session ??= Open()).DataVersion();
            if (version == _dataVersion)
                return;
            _dataVersion = version;
            _neighbour = _looked;
            _signal.Change();
        }
        catch (Exception e) when (e is SqliteException or GessoException)
        {
            // whoever waits looks for itself in the end, and meets the error there
        }
    }

    /// <summary>All of a round in one transaction; if a statement fails, each in its own, so that only the one at fault fails.</summary>
    private void Commit(List<SqliteWrite> round)
    {
        foreach (var write in round.Where(w => w.IsGivenUp).ToList())
        {
            write.Cancel();
            _ = round.Remove(write);
        }
        if (round.Count == 0)
            return;
        try
        {
            Transact(round);
        }
        catch (Exception e)
        {
            _session?.RollBack();
            if (e is SqliteException sqlite && SqliteFiles.IsOfTheFile(sqlite))
            {
                _session?.Dispose();
                _session = null;                                                            // a new connection next time: nothing of the failure is left
                round.ForEach(w => w.Fail(SqliteFiles.Tell(sqlite, _path)));
            }
            else if (round.Count == 1 || e is GessoException { Code: "storage_unavailable" or "storage_busy" or "storage_full" or "storage_damaged" })
            {
                round.ForEach(w => w.Fail(e is SqliteException statement ? SqliteFiles.Tell(statement, _path) : e));
            }
            else
            {
                round.ForEach(w => Commit([w]));
            }
            return;
        }
        round.ForEach(w => w.Succeed());
    }

    private void Transact(List<SqliteWrite> round)
    {
        long start = Stopwatch.GetTimestamp();
        var session = _session ??= Open();
        Synchronise(session, round.Exists(w => w.IsDurable));
        Begin(session);
        foreach (var write in round)
            write.Run(session);
        session.Commit();
        StorageMeters.Commit(Stopwatch.GetElapsedTime(start), round.Count);
        if (session.Announced)
            _signal.Change();
    }

    /// <summary>A round of relaxed writes is not flushed; the next durable one flushes it, too.</summary>
    private void Synchronise(SqliteSession session, bool full)
    {
        if (_lossy || full == _full)
            return;
        session.Synchronise(full);
        _full = full;
    }

    private void Begin(SqliteSession session)
    {
        long start = Stopwatch.GetTimestamp();
        while (!session.TryBegin())
        {
            _neighbour = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(start) > LockLimit)
                throw new SqliteException("database is locked", raw.SQLITE_BUSY);
            _ = _ended.Wait(LockPoll);
        }
    }

    private SqliteSession Open()
    {
        var session = SqliteFiles.Open(_path, TimeSpan.Zero);
        session.Synchronise(!_lossy);
        _full = !_lossy;
        return session;
    }
}
