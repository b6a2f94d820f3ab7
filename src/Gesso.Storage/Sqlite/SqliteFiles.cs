using Gesso.Contracts.Errors;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gesso.Storage.Sqlite;

/// <summary>Opens connections with the settings everything relies on, and tells SQLite's errors as the domain's.</summary>
internal static class SqliteFiles
{
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(10);

    /// <summary>Makes the file, readable by its owner only: it holds prompts and webhook secrets.</summary>
    public static void Create(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            new FileStream(path, options).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Unavailable("storage_unavailable", $"{path} cannot be opened for writing: {e.Message}", e);
        }
    }

    /// <param name="path">An existing file.</param>
    /// <param name="busyTimeout">How long SQLite itself waits for locks.</param>
    public static SqliteSession Open(string path, TimeSpan busyTimeout)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = (int)OpenLimit.TotalSeconds,
        }.ToString());
        try
        {
            connection.Open();
            Execute(connection, $"PRAGMA busy_timeout = {(int)OpenLimit.TotalMilliseconds}");
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "PRAGMA foreign_keys = ON");
            Execute(connection, "PRAGMA cache_size = -8000");
            Execute(connection, "PRAGMA synchronous = NORMAL");                             // commits are brought to the disk in groups: WalFlush
            Execute(connection, "PRAGMA wal_autocheckpoint = 4000");
            Execute(connection, "PRAGMA journal_size_limit = 67108864");
            // a plan once made stays: otherwise every new value of a LIMIT has its statement compiled anew
            SqliteException.ThrowExceptionForRC(raw.sqlite3_db_config(connection.Handle, raw.SQLITE_DBCONFIG_ENABLE_QPSG, 1, out _), connection.Handle);
            Execute(connection, $"PRAGMA busy_timeout = {(int)busyTimeout.TotalMilliseconds}");
            return new SqliteSession(connection);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Tell(e, path);
        }
    }

    /// <summary>Whether the file, not the statement, is what failed: other statements would fail as well.</summary>
    public static bool IsOfTheFile(SqliteException e) => e.SqliteErrorCode is raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY
        or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_BUSY or raw.SQLITE_PROTOCOL or raw.SQLITE_NOMEM;

    public static GessoException Tell(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => GessoException.Unavailable("storage_full", $"The disk with {path} is full: nothing was stored. Make room; no restart is needed.", e),
        raw.SQLITE_IOERR or raw.SQLITE_NOMEM => GessoException.Unavailable(
            "storage_unavailable", $"{path} cannot be read or written: {e.Message} Look at its disk.", e),
        raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY => GessoException.Unavailable(
            "storage_unavailable", $"{path} cannot be opened for writing: it and its folder must exist and be writable.", e),
        raw.SQLITE_CORRUPT => GessoException.Unavailable("storage_damaged", $"{path} is damaged: restore it from a backup.", e),
        raw.SQLITE_NOTADB => GessoException.Unavailable(
            "storage_damaged", $"{path} is not a SQLite database: name another file, or restore it from a backup.", e),
        raw.SQLITE_BUSY or raw.SQLITE_PROTOCOL => GessoException.Unavailable("storage_busy", $"{path} stayed locked by another process: try again.", e),
        _ => GessoException.Bug("storage_failed", $"SQLite refused a statement on {path}: {e.Message}", e),
    };

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        _ = command.ExecuteNonQuery();
    }
}
