using Gesso.Benchmarks.Measuring;
using Microsoft.Data.Sqlite;

namespace Gesso.Benchmarks.Serving;

/// <summary>What one durable commit costs on this disk: a small row in SQLite, WAL, synchronous=FULL, nothing else going on.</summary>
internal static class GroupCommit
{
    private const int Commits = 200;

    public static double MedianMilliseconds(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file}");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode=WAL");
        Execute(connection, "PRAGMA synchronous=FULL");
        Execute(connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)");
        double[] times = [.. Enumerable.Range(0, Commits).Select(_ => Interleaved.Time(() => Execute(connection, "INSERT INTO t (text) VALUES ('a row of some length, like that of a job')")))];
        SqliteConnection.ClearPool(connection);
        return new Samples("commit", times).Median;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        _ = command.ExecuteNonQuery();
    }
}
