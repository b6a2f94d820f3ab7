using Gesso.Contracts.Errors;
using Gesso.Storage.Sql;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gesso.Storage.Sqlite;

/// <summary>One connection with its prepared statements; belongs to whoever holds it. Everything happens at once, so every task is complete.</summary>
internal sealed class SqliteSession(SqliteConnection connection) : SqlSession, IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _prepared = [];

    public override string ForUpdate => "";                                                // writers are serial

    public override string ForUpdateFree => "";

    public override string PicturesOfJob =>
        "(SELECT json_group_array(json_array(place, asset, media_type, width, height, bytes, seed)) FROM pictures WHERE pictures.job = jobs.id)";

    public override ValueTask LockChoiceAsync() => ValueTask.CompletedTask;

    public override ValueTask PostAsync(string sql, params ReadOnlySpan<SqlValue> values)
    {
        _ = Prepare(sql, values).ExecuteNonQuery();
        return ValueTask.CompletedTask;
    }

    public override ValueTask<int> ExecuteAsync(string sql, params ReadOnlySpan<SqlValue> values) => ValueTask.FromResult(Prepare(sql, values).ExecuteNonQuery());

    public override ValueTask<List<T>> QueryAsync<T>(string sql, Func<SqlRow, T> map, params ReadOnlySpan<SqlValue> values)
    {
        List<T> rows = [];
        Add(rows, sql, map, values);
        return ValueTask.FromResult(rows);
    }

    public override ValueTask<List<T>> QueryEachAsync<T>(string sql, Func<SqlRow, T> map, IEnumerable<SqlValue[]> arguments)
    {
        List<T> rows = [];
        foreach (var values in arguments)
            Add(rows, sql, map, values);
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

    public void Commit() => SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(connection.Handle, "COMMIT"), connection.Handle);

    /// <summary>Also where SQLite has rolled back by itself, as it does when the disk is full.</summary>
    public void RollBack() => _ = raw.sqlite3_exec(connection.Handle, "ROLLBACK");

    /// <summary>Differs from the last answer after other connections changed the file.</summary>
    public long DataVersion() => Number("PRAGMA data_version");

    /// <summary>Whether a commit waits for the disk.</summary>
    public void Synchronise(bool full) => Run(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");

    public void Run(string sql) => _ = Prepare(sql, []).ExecuteNonQuery();

    public long Number(string sql)
    {
        List<long> numbers = [];
        Add(numbers, sql, r => r.Long(), []);
        return numbers[0];
    }

    /// <summary>The result of work on a session of this kind, which never waits.</summary>
    public static T Completed<T>(ValueTask<T> task) => task.IsCompleted
        ? task.GetAwaiter().GetResult()
        : throw GessoException.Bug("transaction_waits", "A transaction waited for something other than its database.");

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
            command.Dispose();
        connection.Dispose();
    }

    private void Add<T>(List<T> rows, string sql, Func<SqlRow, T> map, ReadOnlySpan<SqlValue> values)
    {
        using var reader = Prepare(sql, values).ExecuteReader();
        var row = new SqlRow(reader);
        while (row.Read())
            rows.Add(map(row));
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<SqlValue> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (int i = 1; i <= values.Length; i++)
                _ = command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
            _prepared.Add(sql, command);
        }
        for (int i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i].Boxed ?? DBNull.Value;
        return command;
    }
}
