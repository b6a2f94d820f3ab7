using System.Collections.Concurrent;

namespace Gesso.Storage.Sql;

/// <summary>
/// Statements within one transaction, with arguments written <c>$1</c>, <c>$2</c>, … On SQLite every task is complete when it is returned; on PostgreSQL each
/// await is a round trip, so what needs no answer is posted and travels with the next question.
/// </summary>
internal abstract class SqlSession
{
    private static readonly ConcurrentDictionary<(Type Session, string Name), string> s_texts = new();

    private IKept? _kept;

    /// <summary>Whether something changed that readers wait for.</summary>
    public bool Announced { get; private set; }

    /// <summary>Whether there are jobs to claim that were not there before.</summary>
    public bool BroughtWork { get; private set; }

    /// <summary>Whether one transaction runs at a time, so that nothing need be locked.</summary>
    public abstract bool IsAlone { get; }

    /// <summary>Ends a SELECT whose row is about to be changed.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>Ends a SELECT of work to be divided: rows that another transaction is about to change are passed by.</summary>
    public abstract string ForUpdateFree { get; }

    /// <summary>An expression: the pictures of the row of <c>jobs</c> at hand, as a JSON array of arrays.</summary>
    public abstract string PicturesOfJob { get; }

    /// <summary>After the commit, whoever waits for changes looks again.</summary>
    public void Announce() => Announced = true;

    /// <summary>After the commit, or within it, whoever waits for work looks again.</summary>
    public void BringWork() => Announced = BroughtWork = true;

    /// <summary>From here to the end of the transaction no other one chooses jobs.</summary>
    public abstract ValueTask LockChoiceAsync();

    /// <summary>Runs a statement nobody asks the answer of, before the next one or the commit.</summary>
    public abstract ValueTask PostAsync(string sql, params ReadOnlySpan<SqlValue> values);

    /// <returns>The number of rows changed.</returns>
    public abstract ValueTask<int> ExecuteAsync(string sql, params ReadOnlySpan<SqlValue> values);

    public abstract ValueTask<List<T>> QueryAsync<T>(string sql, Func<SqlRow, T> map, params ReadOnlySpan<SqlValue> values);

    /// <summary>The same question for each of several arguments, in one round trip: the rows of the first, then of the second …</summary>
    public abstract ValueTask<List<T>> QueryEachAsync<T>(string sql, Func<SqlRow, T> map, IEnumerable<SqlValue[]> arguments);

    /// <summary>Null: no row.</summary>
    public async ValueTask<T?> FirstAsync<T>(string sql, Func<SqlRow, T> map, SqlValue value)
        where T : class
    {
        var rows = await QueryAsync(sql, map, value);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Null: no row.</summary>
    public async ValueTask<T?> FirstAsync<T>(string sql, Func<SqlRow, T> map, SqlValue first, SqlValue second)
        where T : class
    {
        var rows = await QueryAsync(sql, map, first, second);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>SQL that differs between kinds of sessions, put together once for each kind.</summary>
    public string Text(string name, Func<SqlSession, string> create) =>
        s_texts.GetOrAdd((GetType(), name), static (_, at) => at.create(at.session), (create, session: this));

    /// <summary>What the transaction keeps in memory and writes at its end.</summary>
    public T Keep<T>(Func<SqlSession, T> create)
        where T : class, IKept
    {
        _kept ??= create(this);
        return (T)_kept;
    }

    protected void Restart()
    {
        Announced = BroughtWork = false;
        _kept = null;
    }

    /// <summary>To be called before the commit.</summary>
    protected ValueTask SaveKeptAsync() => _kept?.SaveAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Part of a transaction that is kept in memory while it runs.</summary>
internal interface IKept
{
    /// <summary>Writes what has changed.</summary>
    ValueTask SaveAsync();
}
