using System.Globalization;
using Gesso.Storage.Migrations;
using Microsoft.Data.Sqlite;

namespace Gesso.Storage.Sqlite;

/// <summary>Brings a file to the schema of this program; <c>PRAGMA user_version</c> tells which one it has.</summary>
internal static class SqliteMigrations
{
    public static void Apply(string path)
    {
        try
        {
            using var connection = SqliteFiles.Open(path);
            SqliteFiles.Execute(connection, "BEGIN IMMEDIATE");                             // one process at a time
            foreach (int version in MigrationFiles.After(Version(connection), path))
            {
                SqliteFiles.Execute(connection, MigrationFiles.Read("sqlite", version));
                SqliteFiles.Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version}"));
            }
            SqliteFiles.Execute(connection, "COMMIT");
        }
        catch (SqliteException e)
        {
            throw SqliteFiles.Tell(e, path);
        }
    }

    /// <summary>The side file has no history: one that cannot be used is deleted.</summary>
    public static void ApplyProgress(string path)
    {
        try
        {
            Create(path);
        }
        catch (Exception e) when (e is SqliteException or Contracts.Errors.GessoException { Code: "storage_damaged" })
        {
            foreach (string file in new[] { path, path + "-wal", path + "-shm" })
                File.Delete(file);
            Create(path);
        }

        static void Create(string path)
        {
            using var connection = SqliteFiles.Open(path);
            SqliteFiles.Execute(connection, MigrationFiles.Text("progress.sqlite.sql"));
        }
    }

    private static int Version(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
