using Gesso.Contracts.Errors;
using Gesso.Storage.Migrations;
using Microsoft.Data.Sqlite;

namespace Gesso.Storage.Sqlite;

/// <summary>Brings a file to the schema of this program; <c>PRAGMA user_version</c> tells which one it has.</summary>
internal static class SqliteSchema
{
    /// <summary>"Gess", as <c>file(1)</c> shows it.</summary>
    private const long ApplicationId = 0x47657373;

    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(30);

    /// <param name="path">Made if there is none.</param>
    /// <param name="dialect">Which of the migrations.</param>
    public static void Apply(string path, string dialect)
    {
        SqliteFiles.Create(path);
        using var session = SqliteFiles.Open(path, LockLimit);
        try
        {
            if (session.Number("PRAGMA user_version") == MigrationFiles.Latest)
                return;
            if (!session.TryBegin())                                                       // one process at a time
                throw new SqliteException("database is locked", SQLitePCL.raw.SQLITE_BUSY);
            long version = session.Number("PRAGMA user_version");
            RefuseOthers(session, path, version);
            foreach (int next in MigrationFiles.After(version, path))
            {
                session.Run(MigrationFiles.Read(dialect, next));
                session.Run($"PRAGMA user_version = {next}");
            }
            session.Run($"PRAGMA application_id = {ApplicationId}");
            session.Commit();
        }
        catch (SqliteException e)
        {
            throw SqliteFiles.Tell(e, path);
        }
    }

    /// <summary>A side file has no history: one that cannot be used is replaced.</summary>
    public static void ApplyReplaceable(string path, string dialect)
    {
        try
        {
            Apply(path, dialect);
        }
        catch (GessoException e) when (e.Code is "storage_damaged" or "database_newer")
        {
            foreach (string file in new[] { path + "-wal", path + "-shm", path })
                File.Delete(file);
            Apply(path, dialect);
        }
    }

    private static void RefuseOthers(SqliteSession session, string path, long version)
    {
        bool ours = version == 0
            ? session.Number("SELECT COUNT(*) FROM sqlite_schema") == 0
            : session.Number("PRAGMA application_id") == ApplicationId;
        if (!ours)
            throw GessoException.Refused("not_a_gesso_database", $"{path} is a SQLite database of another program: name another file.");
    }
}
