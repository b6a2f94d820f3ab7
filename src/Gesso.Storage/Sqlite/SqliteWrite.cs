using Gesso.Storage.Sql;

namespace Gesso.Storage.Sqlite;

/// <summary>A transaction's work on its way through the writer: run, then told how it ended.</summary>
internal abstract class SqliteWrite(WriteKind kind, CancellationToken cancellation)
{
    public bool IsDurable => kind is WriteKind.Durable or WriteKind.Freeing;

    /// <summary>Nobody waits for it any more, so it is not begun.</summary>
    public bool IsGivenUp => cancellation.IsCancellationRequested;

    public abstract void Run(SqlSession session);

    public abstract void Succeed();

    public abstract void Fail(Exception reason);

    public abstract void Cancel();
}

internal sealed class SqliteWrite<T>(Func<SqlSession, ValueTask<T>> work, WriteKind kind, CancellationToken cancellation) : SqliteWrite(kind, cancellation)
{
    private readonly CancellationToken _cancellation = cancellation;
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _done.Task;

    public override void Run(SqlSession session) => _result = SqliteSession.Completed(work(session));

    public override void Succeed() => _done.SetResult(_result);

    public override void Fail(Exception reason) => _done.SetException(reason);

    public override void Cancel() => _done.SetCanceled(_cancellation);
}
