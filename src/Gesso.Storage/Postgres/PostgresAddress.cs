using Gesso.Contracts.Errors;
using Npgsql;

namespace Gesso.Storage.Postgres;

/// <summary>Where a PostgreSQL database is: <c>postgres://USER:PASSWORD@HOST:PORT/NAME?OPTION=VALUE</c>, options as Npgsql names them, with _ for spaces.</summary>
internal sealed record PostgresAddress(string ConnectionString, string Display)
{
    private const int DefaultPort = 5432;

    public static bool Is(string connection) =>
        connection.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || connection.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="GessoException">InvalidRequest <c>bad_database</c>; the message does not repeat the password.</exception>
    public static PostgresAddress Parse(string connection)
    {
        if (!Uri.TryCreate(connection, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.AbsolutePath.Length < 2)
            throw Bad("expected postgres://USER:PASSWORD@HOST:PORT/NAME.");
        string[] user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : DefaultPort,
            Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]),
            Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            ApplicationName = "gesso",
            MaxPoolSize = 20,
            MaxAutoPrepare = 200,
            AutoPrepareMinUsages = 2,
            Timeout = 10,
            CommandTimeout = 30,
            KeepAlive = 30,
        };
        foreach (string option in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = option.Split('=', 2);
            try
            {
                builder[parts[0].Replace('_', ' ')] = Uri.UnescapeDataString(parts.Length > 1 ? parts[1] : "");
            }
            catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
            {
                throw Bad($"option \"{parts[0]}\" is unknown or its value does not fit; options are those of Npgsql, with _ for spaces.", e);
            }
        }
        return new PostgresAddress(builder.ConnectionString, $"{builder.Host}:{builder.Port}/{builder.Database}");
    }

    private static GessoException Bad(string what, Exception? inner = null) => GessoException.Invalid("bad_database", $"database: {what}", inner);
}
