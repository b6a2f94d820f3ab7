using System.Diagnostics;
using Gesso.Contracts.Errors;
using Gesso.Storage.Sql;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gesso.Storage.Sqlite;

/// <summary>
/// Writes a file, with group commit: whatever is asked while a group is being written shares the next transaction, and all that was committed while the disk was busy
/// shares the next flush. One at a time has the session: a caller who finds it free, or the thread that writes for those who did not. Other processes write the same
/// file: their lock is waited for, they are let in when this one writes without pause, and their changes are looked for while somebody waits for changes.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    private const int MostInARound = 512;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan LookEveryInPeace = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan Crowd = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Peace = TimeSpan.FromSeconds(5);
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
    private readonly WalFlush _flush;
    private readonly Thread _thread;
    private readonly List<SqliteNextWrite> _awaiting = [];
    private List<SqliteWrite> _pending = [];
    private long _work = 1;
    private bool _taken;
    private bool _looks;
    private int _settling;
    private long _crowded;
    private bool _ending;

    // of whoever took the session
    private SqliteSession? _session;
    private long _dataVersion;
    private long _looked;
    private long _running;
    private long? _neighbour;
    private long _changed;

    /// <param name="path">The file, with its schema.</param>
    /// <param name="lossy">No commit waits for the disk.</param>
    /// <param name="signal">Told of changes.</param>
    public SqliteWriter(string path, bool lossy, ChangeSignal signal)
    {
        _path = path;
        _lossy = lossy;
        _signal = signal;
        _flush = new WalFlush(path);
        _session = Open();
        _dataVersion = _session.DataVersion();
        signal.Watched += Wake;
        _thread = new Thread(Run) { IsBackground = true, Name = $"writer of {Path.GetFileName(path)}" };
        _thread.Start();
    }

    /// <summary>
    /// Runs a write: at once on the caller's thread if nobody writes, which saves two changes of threads; else with the next group. The caller's thread never waits for
    /// another process.
    /// </summary>
    public void Add(SqliteWrite write)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ending, this);
            if (_taken || IsCrowded())
            {
                _pending.Add(write);
                if (_taken && !_looks)
                    _crowded = Stopwatch.GetTimestamp();
                else if (!_taken && _pending.Count == 1)
                    Monitor.Pulse(_gate);
                return;                                                                     // whoever has the session wakes the thread when he gives it back
            }
            _taken = true;
        }
        WriteHere(write);
    }

    /// <summary>Runs work at once if there was something to do since it looked last, else within the next transaction that brings some.</summary>
    public void Await(SqliteNextWrite write)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ending, this);
            if (write.Seen == _work)
            {
                _awaiting.Add(write);
                return;
            }
        }
        Add(write);
    }

    /// <summary>Ends the wait of such work; if it is being run, it is asked once more whether somebody waits for it.</summary>
    public void Withdraw(SqliteNextWrite write)
    {
        lock (_gate)
        {
            if (!_awaiting.Remove(write))
                return;
        }
        write.Cancel();
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
        _awaiting.ForEach(w => w.Cancel());
        _flush.Dispose();
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
        while (Next() is { } round)
        {
            if (round.Count > 0)
                Write(round);
            else
                LookForOthers();
        }
    }

    /// <summary>Takes the session for the writes that wait, or for a look at what others changed when it is time for that; null: the end.</summary>
    private List<SqliteWrite>? Next()
    {
        lock (_gate)
        {
            while (true)
            {
                bool watched = _signal.IsWatched;                                           // asked once: readers come and go meanwhile
                var rest = watched ? WholeMilliseconds(LookPause - Stopwatch.GetElapsedTime(_looked)) : Timeout.InfiniteTimeSpan;
                bool isDue = watched && rest <= TimeSpan.Zero;
                if (!_taken && (_pending.Count > 0 || isDue))
                {
                    _taken = true;
                    _looks = _pending.Count == 0;
                    var round = _pending;
                    _pending = [];
                    return round;
                }
                if (!_taken && _ending && _settling == 0)
                    return null;                                                            // nothing is left, neither writes nor flushes of callers
                _ = Monitor.Wait(_gate, isDue ? LockPoll : rest);
            }
        }
    }

    /// <summary>To be called by whoever took the session; gives it back, with the write if another process writes now.</summary>
    private void WriteHere(SqliteWrite write)
    {
        List<Committed> committed = [];
        bool begun = false;
        try
        {
            begun = TryBegin();
            if (begun)
                Commit([write], committed, begun);
        }
        finally
        {
            GiveBack(begun ? null : write);
        }
        SettleAll(committed);
    }

    private bool TryBegin()
    {
        try
        {
            return (_session ??= Open()).TryBegin();
        }
        catch (Exception e) when (e is SqliteException or GessoException)
        {
            return false;                                                                   // the thread meets the error again, and tells it
        }
    }

    /// <summary>To be called by whoever took the session; gives it back.</summary>
    private void Write(List<SqliteWrite> round)
    {
        List<Committed> committed = [];
        try
        {
            LetNeighboursIn();
            for (int start = 0; start < round.Count; start += MostInARound)
                Commit(round.Count <= MostInARound ? round : round.GetRange(start, Math.Min(MostInARound, round.Count - start)), committed);
        }
        finally
        {
            GiveBack();
        }
        SettleAll(committed);
    }

    private void LookForOthers()
    {
        Look();
        GiveBack();
        SettleAll([]);
    }

    /// <summary>Many write: what each would write alone costs less in groups.</summary>
    private bool IsCrowded() => _pending.Count > 0 || Stopwatch.GetElapsedTime(_crowded) < Crowd;

    private void GiveBack(SqliteWrite? undone = null)
    {
        lock (_gate)
        {
            _taken = _looks = false;
            _settling++;
            if (undone is not null)
                _pending.Add(undone);
            if (_pending.Count == 0)
                _running = 0;
            else
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>What was committed is told when it may be, after the session was given back.</summary>
    private void SettleAll(List<Committed> committed)
    {
        committed.ForEach(Settle);
        lock (_gate)
        {
            _settling--;
            if (_ending)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Rounded up: waits are cut to milliseconds, so that one of less would not wait at all.</summary>
    private static TimeSpan WholeMilliseconds(TimeSpan rest) => TimeSpan.FromMilliseconds(Math.Ceiling(rest.TotalMilliseconds));

    /// <summary>What others change is seen soon while things change, and a little later when nothing has changed for a while: looking costs an idle machine.</summary>
    private TimeSpan LookPause => Stopwatch.GetElapsedTime(_changed) < Peace ? LookEvery : LookEveryInPeace;

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
            _neighbour = _changed = _looked;
            _signal.Change();
        }
        catch (Exception e) when (e is SqliteException or GessoException)
        {
            // whoever waits looks for itself in the end, and meets the error there
        }
    }

    /// <summary>All of a round in one transaction; if a statement fails, each in its own, so that only the one at fault fails.</summary>
    private void Commit(List<SqliteWrite> round, List<Committed> committed, bool begun = false)
    {
        foreach (var write in round.FindAll(w => w.IsGivenUp))
        {
            write.Cancel();
            _ = round.Remove(write);
        }
        if (round.Count == 0)
        {
            if (begun)
                _session!.RollBack();
            return;
        }
        List<SqliteNextWrite> joined = [];
        try
        {
            bool announced = Transact(round, joined, begun);
            committed.Add(new Committed(Found(round, joined), announced));
        }
        catch (JoinedException e)
        {
            _session?.RollBack();
            _ = joined.Remove(e.Write);
            e.Write.Fail(e.InnerException is SqliteException failed ? SqliteFiles.Tell(failed, _path) : e.InnerException!);
            LetWait(joined);
            Commit(round, committed);
        }
        catch (Exception e)
        {
            _session?.RollBack();
            LetWait(joined);
            if (e is SqliteException sqlite && SqliteFiles.IsOfTheFile(sqlite))
            {
                _session?.Dispose();
                _session = null;                                                            // a new connection next time: nothing of the failure is left
                _flush.Reopen();
                round.ForEach(w => w.Fail(SqliteFiles.Tell(sqlite, _path)));
            }
            else if (round.Count == 1 || e is GessoException { Code: "storage_unavailable" or "storage_busy" or "storage_full" or "storage_damaged" })
            {
                round.ForEach(w => w.Fail(e is SqliteException statement ? SqliteFiles.Tell(statement, _path) : e));
            }
            else
            {
                round.ForEach(w => Commit([w], committed));
            }
        }
    }

    /// <summary>Tells relaxed writes at once, durable ones when they are on the disk, and readers after that.</summary>
    private void Settle(Committed committed)
    {
        var durable = _lossy ? [] : committed.Writes.FindAll(w => w.IsDurable);
        foreach (var write in committed.Writes)
        {
            if (_lossy || !write.IsDurable)
                write.Succeed();
        }
        if (durable.Count == 0)
            Tell(null);
        else
            _flush.Run(Tell);

        void Tell(GessoException? failure)
        {
            foreach (var write in durable)
            {
                if (failure is null)
                    write.Succeed();
                else
                    write.Fail(failure);
            }
            if (committed.Announced)
                _signal.Change();
        }
    }

    /// <param name="round">What to run.</param>
    /// <param name="joined">Gets those that waited for what it brings, and were run with it.</param>
    /// <param name="begun">The transaction has begun.</param>
    /// <returns>Whether readers are to be told.</returns>
    /// <exception cref="JoinedException">One of those that joined is at fault.</exception>
    private bool Transact(List<SqliteWrite> round, List<SqliteNextWrite> joined, bool begun)
    {
        long start = Stopwatch.GetTimestamp();
        var session = _session ??= Open();
        if (!begun)
            Begin(session);
        foreach (var write in round.Where(w => w is not SqliteNextWrite))
            write.Run(session);
        foreach (var write in round.OfType<SqliteNextWrite>())
            write.Run(session);                                                             // after what the others bring
        if (session.BroughtWork)
            Join(session, joined);
        session.Commit();
        StorageMeters.Commit(Stopwatch.GetElapsedTime(start), round.Count);
        _changed = start;
        return session.Announced;
    }

    private void Join(SqliteSession session, List<SqliteNextWrite> joined)
    {
        lock (_gate)
        {
            joined.AddRange(_awaiting);
            _awaiting.Clear();
        }
        foreach (var write in joined)
        {
            try
            {
                write.Run(session);
            }
            catch (Exception e) when (e is not SqliteException sqlite || !SqliteFiles.IsOfTheFile(sqlite))
            {
                throw new JoinedException(write, e);
            }
        }
    }

    /// <summary>After a commit: who found nothing goes on waiting, or looks again if there was more work meanwhile; the others are to be told.</summary>
    private List<SqliteWrite> Found(List<SqliteWrite> round, List<SqliteNextWrite> joined)
    {
        List<SqliteNextWrite> looked = [.. round.OfType<SqliteNextWrite>(), .. joined];
        lock (_gate)
        {
            if (_session!.BroughtWork)
            {
                _work++;
                _pending.AddRange(_awaiting);                                               // came while the transaction ran, after the others had joined it
                _awaiting.Clear();
            }
            foreach (var write in looked)
                write.Seen = _work;
        }
        if (looked.Count == 0)
            return round;
        LetWait(looked.FindAll(w => !w.Found));
        return [.. round.Where(w => w is not SqliteNextWrite), .. looked.Where(w => w.Found)];
    }

    private void LetWait(List<SqliteNextWrite> waiting)
    {
        List<SqliteNextWrite> withdrawn;
        lock (_gate)
        {
            withdrawn = waiting.FindAll(w => w.IsGivenUp);                                  // within the lock: who is withdrawn later is found here
            _awaiting.AddRange(waiting.Except(withdrawn));
        }
        withdrawn.ForEach(w => w.Cancel());
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

    private SqliteSession Open() => SqliteFiles.Open(_path, TimeSpan.Zero);

    /// <summary>What joined a transaction failed in it.</summary>
    private sealed class JoinedException(SqliteNextWrite write, Exception inner) : Exception(inner.Message, inner)
    {
        public SqliteNextWrite Write => write;
    }

    private readonly record struct Committed(List<SqliteWrite> Writes, bool Announced);
}
