namespace Gesso.Storage.Sql;

internal enum WriteKind
{
    /// <summary>On disk when the task completes.</summary>
    Durable,

    /// <summary>Durable, and makes room: on a full disk it gets what was kept for it.</summary>
    Freeing,

    /// <summary>A crash may undo it (heartbeats, checkpoints). Crashes keep the order of commits: nothing durable that came later survives without it.</summary>
    Relaxed,

    /// <summary>
    /// Durable where others outlive a crash of the database: a claim undone there would give its attempt's number to a second worker. In a file it is relaxed: what
    /// undoes it, the end of the machine, ends workers and callers, too.
    /// </summary>
    DurableWhereShared,
}

/// <summary>
/// A database that runs whole transactions. Work may run more than once (what failed together is repeated alone, what lost a deadlock is repeated), so it changes
/// nothing but the database.
/// </summary>
internal interface ISqlDatabase
{
    /// <summary>Whether writes that are asked at the same time share a commit.</summary>
    bool GroupsCommits { get; }

    Task<T> WriteAsync<T>(Func<SqlSession, ValueTask<T>> work, WriteKind kind, CancellationToken cancellation);

    /// <summary>One statement, or several that need not agree on the moment they look at.</summary>
    Task<T> ReadAsync<T>(Func<SqlSession, ValueTask<T>> work, CancellationToken cancellation);
}

internal static class SqlDatabases
{
    /// <summary>A transaction of one statement.</summary>
    public static Task<int> ExecuteAsync(this ISqlDatabase database, WriteKind kind, string sql, SqlValue[] values, CancellationToken cancellation) =>
        database.WriteAsync(s => s.ExecuteAsync(sql, values), kind, cancellation);

    public static async Task<IReadOnlyList<T>> QueryAsync<T>(
        this ISqlDatabase database, string sql, SqlValue[] values, Func<SqlRow, T> map, CancellationToken cancellation) =>
        await database.ReadAsync(s => s.QueryAsync(sql, map, values), cancellation);
}
