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

    /// <summary>
    /// Work that waits for work: runs at once if there was any since <paramref name="seen"/>, else with the next transaction that brings some
    /// (<see cref="SqlSession.BringWork"/>), again and again until it found what it looks for. A crash may undo it where the database ends with the machine.
    /// </summary>
    /// <param name="work">May run often.</param>
    /// <param name="found">Whether that was it.</param>
    /// <param name="seen">Number of the last work that was looked at; 0: none.</param>
    /// <param name="withdraw">Ends the wait.</param>
    /// <returns>What was found, and the number to go on from; default: withdrawn.</returns>
    Task<(T? Result, long Seen)> WriteNextAsync<T>(Func<SqlSession, ValueTask<T>> work, Func<T, bool> found, long seen, CancellationToken withdraw)
        where T : class;

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
