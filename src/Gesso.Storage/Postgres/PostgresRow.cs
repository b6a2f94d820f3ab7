using Gesso.Storage.Sql;
using Npgsql;

namespace Gesso.Storage.Postgres;

/// <summary>Rows as they arrive from the server.</summary>
internal sealed class PostgresRow(NpgsqlDataReader reader) : SqlRow
{
    /// <summary>Moves to the next row; false: there is none.</summary>
    public Task<bool> ReadAsync(CancellationToken cancellation)
    {
        Restart();
        return reader.ReadAsync(cancellation);
    }

    protected override bool IsNull(int column) => reader.IsDBNull(column);

    protected override string GetText(int column) => reader.GetString(column);

    protected override long GetLong(int column) => reader.GetInt64(column);

    protected override double GetReal(int column) => reader.GetDouble(column);

    protected override byte[] GetBytes(int column) => reader.GetFieldValue<byte[]>(column);
}
