using Gesso.Storage.Sql;

namespace Gesso.Storage.Sqlite;

/// <summary>Work that waits within the writer for a transaction that brings it something to do, and then becomes part of it.</summary>
internal abstract class SqliteNextWrite(CancellationToken withdraw) : SqliteWrite(WriteKind.Relaxed, withdraw)
{
    /// <summary>Whether the last run found what it looks for.</summary>
    public bool Found { get; protected set; }

    /// <summary>Number of the last work that was looked at.</summary>
    public long Seen { get; set; }
}

internal sealed class SqliteNextWrite<T>(Func<SqlSession, ValueTask<T>> work, Func<T, bool> found, CancellationToken withdraw) : SqliteNextWrite(withdraw)
    where T : class
{
    private readonly TaskCompletionSource<(T? Result, long Seen)> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<(T? Result, long Seen)> Task => _done.Task;

    public override void Run(SqlSession session)
    {
        _result = SqliteSession.Completed(work(session));
        Found = found(_result);
    }

    public override void Succeed() => _done.SetResult((_result, Seen));

    public override void Fail(Exception reason) => _done.SetException(reason);

    public override void Cancel() => _done.SetResult(default);
}
