using System.Diagnostics;
using System.Runtime.InteropServices;
using Gesso.Contracts.Errors;
using Microsoft.Win32.SafeHandles;

namespace Gesso.Storage.Sqlite;

/// <summary>
/// Brings commits to the disk: what <c>synchronous=FULL</c> does within each COMMIT, done for several commits at once and while the next one is being written. A commit
/// is on the disk once the write-ahead log was flushed after it: its frames are in the log, or a checkpoint has flushed them with the database file before it let
/// the log begin anew.
/// </summary>
internal sealed partial class WalFlush(string path) : IDisposable
{
    private static readonly TimeSpan Crowd = TimeSpan.FromMicroseconds(100);

    private readonly object _gate = new();
    private readonly Lock _flushing = new();
    private readonly Lock _opening = new();
    private List<Action<GessoException?>> _waiting = [];
    private SafeFileHandle? _log;
    private Thread? _thread;
    private bool _ending;
    private long _flushed;

    /// <summary>
    /// Tells once everything committed before the call is on the disk, or why it is not: flushes at once on the caller's thread if no flush is under way or has just been,
    /// else lets the next one do it for all who came meanwhile.
    /// </summary>
    public void Run(Action<GessoException?> flushed)
    {
        if (Stopwatch.GetElapsedTime(Volatile.Read(ref _flushed)) < Crowd || !_flushing.TryEnter())
        {
            Join(flushed);
            return;
        }
        GessoException? failure;
        try
        {
            failure = Flush();
        }
        finally
        {
            _flushing.Exit();
        }
        flushed(failure);
    }

    /// <summary>Lets go of the log: the connection is a new one, and the log may be, too.</summary>
    public void Reopen()
    {
        lock (_opening)
        {
            _log?.Dispose();
            _log = null;
        }
    }

    /// <summary>After the last of what was asked.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ending = true;
            Monitor.Pulse(_gate);
        }
        _thread?.Join();
        Reopen();
    }

    private GessoException? Flush()
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            FlushLog();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return GessoException.Unavailable("storage_unavailable", $"{path} could not be brought to the disk: {e.Message} Look at its disk.", e);
        }
        Volatile.Write(ref _flushed, Stopwatch.GetTimestamp());
        StorageMeters.Flush(Stopwatch.GetElapsedTime(start));
        return null;
    }

    private void Join(Action<GessoException?> flushed)
    {
        lock (_gate)
        {
            _thread ??= Start();
            _waiting.Add(flushed);
            if (_waiting.Count == 1)
                Monitor.Pulse(_gate);
        }
    }

    private Thread Start()
    {
        var thread = new Thread(RunForOthers) { IsBackground = true, Name = $"flush of {Path.GetFileName(path)}" };
        thread.Start();
        return thread;
    }

    private void RunForOthers()
    {
        while (IsWanted())
        {
            List<Action<GessoException?>> round;
            GessoException? failure;
            lock (_flushing)                                                                // all who come while another flush is under way share this one
            {
                lock (_gate)
                    (round, _waiting) = (_waiting, []);
                failure = Flush();
            }
            round.ForEach(flushed => flushed(failure));
        }
    }

    private bool IsWanted()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_ending)
                    return false;
                _ = Monitor.Wait(_gate);
            }
            return true;
        }
    }

    /// <summary>The log exists once something was committed, and stays as long as a connection is open.</summary>
    private SafeFileHandle Log()
    {
        lock (_opening)
            return _log ??= File.OpenHandle(path + "-wal", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    private void FlushLog()
    {
        while (true)
        {
            try
            {
                Flush(Log());
                return;
            }
            catch (ObjectDisposedException)
            {
                // opened anew meanwhile
            }
        }
    }

    private static void Flush(SafeFileHandle log)
    {
        if (!OperatingSystem.IsLinux())
            RandomAccess.FlushToDisk(log);
        else if (FDataSync(log) != 0)
            throw new IOException(Marshal.GetLastPInvokeErrorMessage(), Marshal.GetLastPInvokeError());
    }

    /// <summary>Unlike <c>fsync</c>, without the times of the file.</summary>
    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);
}
