using System.Globalization;
using Gesso.Storage.Migrations;
using Npgsql;

namespace Gesso.Storage.Postgres;

/// <summary>Brings a database to the schema of this program; the table <c>gesso_schema</c> tells which one it has.</summary>
internal static class PostgresSchema
{
    public static async Task ApplyAsync(NpgsqlDataSource source, string display, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
            await RunAsync("SELECT pg_advisory_xact_lock(1734701939, 2)").ConfigureAwait(false);   // one process at a time
            await RunAsync("CREATE TABLE IF NOT EXISTS gesso_schema (version bigint PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())").ConfigureAwait(false);
            await using var ask = new NpgsqlCommand("SELECT COALESCE(MAX(version), 0) FROM gesso_schema", connection, transaction);
            long version = Convert.ToInt64(await ask.ExecuteScalarAsync(cancellation).ConfigureAwait(false), CultureInfo.InvariantCulture);
            foreach (int next in MigrationFiles.After(version, display))
            {
                await RunAsync(MigrationFiles.Read(MigrationFiles.Postgres, next)).ConfigureAwait(false);
                await RunAsync($"INSERT INTO gesso_schema (version) VALUES ({next})").ConfigureAwait(false);
            }
            await transaction.CommitAsync(cancellation).ConfigureAwait(false);

            async Task RunAsync(string sql)
            {
                await using var command = new NpgsqlCommand(sql, connection, transaction);
                _ = await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (PostgresErrors.IsKnown(e))
        {
            throw PostgresErrors.Tell(e, display, committing: false);
        }
    }
}
