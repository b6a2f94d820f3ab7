using Gesso.Contracts.Errors;
using Gesso.Storage.Sql;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gesso.Storage.Sqlite;

/// <summary>One connection with its prepared statements; belongs to whoever holds it. Everything happens at once, so every task is complete.</summary>
internal sealed class SqliteSession(SqliteConnection connection) : SqlSession, IDisposable
{
    private readonly Dictionary<string, SqliteStatement> _prepared = [];

    public override bool IsAlone => true;

    public override string ForUpdate => "";

    public override string ForUpdateFree => "";

    public override string PicturesOfJob =>
        "(SELECT json_group_array(json_array(place, asset, media_type, width, height, bytes, seed, text)) FROM pictures WHERE pictures.job = jobs.id)";

    public override ValueTask LockChoiceAsync() => ValueTask.CompletedTask;

    public override ValueTask PostAsync(string sql, params ReadOnlySpan<SqlValue> values)
    {
        _ = Prepare(sql).Execute(values);
        return ValueTask.CompletedTask;
    }

    public override ValueTask<int> ExecuteAsync(string sql, params ReadOnlySpan<SqlValue> values) => ValueTask.FromResult(Prepare(sql).Execute(values));

    public override ValueTask<List<T>> QueryAsync<T>(string sql, Func<SqlRow, T> map, params ReadOnlySpan<SqlValue> values)
    {
        List<T> rows = [];
        Prepare(sql).Query(rows, map, values);
        return ValueTask.FromResult(rows);
    }

    public override ValueTask<List<T>> QueryEachAsync<T>(string sql, Func<SqlRow, T> map, IEnumerable<SqlValue[]> arguments)
    {
        List<T> rows = [];
        var statement = Prepare(sql);
        foreach (var values in arguments)
            statement.Query(rows, map, values);
        return ValueTask.FromResult(rows);
    }

    /// <summary>Starts a transaction; false: another process writes.</summary>
    public bool TryBegin()
    {
        Restart();
        int result = raw.sqlite3_exec(connection.Handle, "BEGIN IMMEDIATE");
        if (result == raw.SQLITE_BUSY)
            return false;
        SqliteException.ThrowExceptionForRC(result, connection.Handle);
        return true;
    }

    public void Commit()
    {
        Complete(SaveKeptAsync());
        SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(connection.Handle, "COMMIT"), connection.Handle);
    }

    /// <summary>Also where SQLite has rolled back by itself, as it does when the disk is full.</summary>
    public void RollBack() => _ = raw.sqlite3_exec(connection.Handle, "ROLLBACK");

    /// <summary>Differs from the last answer after other connections changed the file.</summary>
    public long DataVersion() => Number("PRAGMA data_version");

    /// <summary>Runs any number of statements.</summary>
    public void Run(string sql) => SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(connection.Handle, sql), connection.Handle);

    public long Number(string sql)
    {
        List<long> numbers = [];
        Prepare(sql).Query(numbers, r => r.Long(), []);
        return numbers[0];
    }

    /// <summary>The result of work on a session of this kind, which never waits.</summary>
    public static T Completed<T>(ValueTask<T> task) => task.IsCompleted
        ? task.GetAwaiter().GetResult()
        : throw GessoException.Bug("transaction_waits", "A transaction waited for something other than its database.");

    /// <summary>As above.</summary>
    public static void Complete(ValueTask task)
    {
        if (!task.IsCompleted)
            throw GessoException.Bug("transaction_waits", "A transaction waited for something other than its database.");
        task.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        foreach (var statement in _prepared.Values)
            statement.Dispose();
        connection.Dispose();
    }

    private SqliteStatement Prepare(string sql)
    {
        if (!_prepared.TryGetValue(sql, out var statement))
            _prepared.Add(sql, statement = new SqliteStatement(connection.Handle!, sql));
        return statement;
    }
}
