using System.Data.Common;

namespace Gesso.Storage.Sql;

/// <summary>How a transaction is made durable, and what it may wait for.</summary>
internal enum WriteKind
{
    /// <summary>On disk when the task completes.</summary>
    Durable,

    /// <summary>A crash may undo it: claims, heartbeats. It is never visible before an earlier durable write and never survives without it.</summary>
    Relaxed,
}

/// <summary>A database that runs whole transactions. Work may run twice (a commit that failed is repeated), so it changes nothing but the database.</summary>
internal interface ISqlDatabase
{
    ISqlDialect Dialect { get; }

    Task<T> WriteAsync<T>(Func<ISqlSession, T> work, WriteKind kind, CancellationToken cancellation);

    Task<T> ReadAsync<T>(Func<ISqlSession, T> work, CancellationToken cancellation);
}

/// <summary>What SQLite and PostgreSQL write differently.</summary>
internal interface ISqlDialect
{
    /// <summary>Held until the end of the transaction, so that claims choose one after another; null where transactions are serial anyway.</summary>
    string? ClaimLock { get; }

    /// <summary>Behind a SELECT whose row is about to be changed.</summary>
    string ForUpdate { get; }

    /// <summary>Behind a text column: order by code units, as the domain does.</summary>
    string Ordinal { get; }
}

/// <summary>Statements within one transaction. Parameters are written <c>@name</c>.</summary>
internal interface ISqlSession
{
    int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters);

    /// <summary>Rows as they are read; the reader is valid inside <paramref name="map"/> only.</summary>
    List<T> Query<T>(string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters);
}

internal static class SqlSessions
{
    public static T? First<T>(this ISqlSession session, string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters)
        where T : class
    {
        var rows = session.Query(sql, map, parameters);
        return rows.Count == 0 ? null : rows[0];
    }

    public static T? Value<T>(this ISqlSession session, string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters)
        where T : struct
    {
        var rows = session.Query(sql, map, parameters);
        return rows.Count == 0 ? null : rows[0];
    }
}
