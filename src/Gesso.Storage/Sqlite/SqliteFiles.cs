using Gesso.Contracts.Errors;
using Microsoft.Data.Sqlite;

namespace Gesso.Storage.Sqlite;

/// <summary>Opens connections with the settings everything relies on, and tells SQLite's errors as the domain's.</summary>
internal static class SqliteFiles
{
    private const int Busy = 5, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    public static SqliteConnection Open(string path, bool readOnly = false)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = 30,
        }.ToString());
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA busy_timeout = 10000");
            if (!readOnly)
                Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "PRAGMA foreign_keys = ON");
            Execute(connection, "PRAGMA cache_size = -16000");
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Tell(e, path);
        }
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        _ = command.ExecuteNonQuery();
    }

    public static GessoException Tell(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        Full => GessoException.Unavailable("storage_full", $"The disk with {path} is full: nothing was stored. Make room; no restart is needed.", e),
        IoError => GessoException.Unavailable("storage_unavailable", $"{path} cannot be read or written ({e.Message.Trim()}): look at its disk.", e),
        CannotOpen or ReadOnly => GessoException.Unavailable("storage_unavailable", $"{path} cannot be opened for writing: its folder must exist and be writable.", e),
        Corrupt or NotADatabase => GessoException.Unavailable("storage_damaged", $"{path} is damaged or not a SQLite database: restore it from a backup.", e),
        Busy => GessoException.Unavailable("storage_busy", $"{path} stayed locked by another process.", e),
        _ => GessoException.Bug("storage_failed", $"SQLite refused a statement on {path}: {e.Message.Trim()}", e),
    };
}
