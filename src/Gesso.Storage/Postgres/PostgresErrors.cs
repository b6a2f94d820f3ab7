using System.Net.Sockets;
using Gesso.Contracts.Errors;
using Npgsql;

namespace Gesso.Storage.Postgres;

/// <summary>PostgreSQL's errors as the domain's.</summary>
internal static class PostgresErrors
{
    /// <summary>Two transactions were in each other's way: one of them is to run again.</summary>
    public static bool IsConflict(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure };

    /// <summary>The server or the way to it is gone, or it is starting, stopping or a standby.</summary>
    public static bool IsGone(Exception e) => e switch
    {
        PostgresException p => p.SqlState.StartsWith("08", StringComparison.Ordinal) || p.SqlState.StartsWith("57P", StringComparison.Ordinal)
            || p.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException or SocketException or IOException or TimeoutException => true,
        _ => false,
    };

    public static bool IsKnown(Exception e) => e is NpgsqlException or SocketException or IOException or TimeoutException;

    /// <param name="e">What happened.</param>
    /// <param name="database">Where, without the password.</param>
    /// <param name="committing">Whether it happened when the commit had been sent.</param>
    public static GessoException Tell(Exception e, string database, bool committing)
    {
        if (IsGone(e))
        {
            return GessoException.Unavailable(
                "database_unavailable",
                committing
                    ? $"PostgreSQL at {database} went away during a commit: the change may be stored or not. Ask again with the same idempotency key."
                    : $"PostgreSQL at {database} cannot be reached ({e.Message}). It is tried again at the next call.",
                e);
        }
        if (e is not PostgresException postgres)
            return GessoException.Bug("storage_failed", $"PostgreSQL at {database}: {e.Message}", e);
        return postgres.SqlState switch
        {
            PostgresErrorCodes.DiskFull =>
                GessoException.Unavailable("storage_full", $"The disk of PostgreSQL at {database} is full: nothing was stored. Make room.", e),
            PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable
                or PostgresErrorCodes.QueryCanceled =>
                GessoException.Unavailable("storage_busy", $"PostgreSQL at {database} is too busy: try again.", e),
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InvalidCatalogName
                or PostgresErrorCodes.InsufficientPrivilege =>
                GessoException.Unavailable(
                    "database_refused", $"PostgreSQL at {database} refuses: {postgres.MessageText}. Check user, password, database and its rights.", e),
            _ when postgres.SqlState.StartsWith("53", StringComparison.Ordinal) =>
                GessoException.Unavailable("database_unavailable", $"PostgreSQL at {database} lacks resources: {postgres.MessageText}.", e),
            _ => GessoException.Bug("storage_failed", $"PostgreSQL refused a statement at {database}: {postgres.SqlState} {postgres.MessageText}", e),
        };
    }
}
