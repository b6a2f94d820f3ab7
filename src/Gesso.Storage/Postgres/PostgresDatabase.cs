using System.Diagnostics;
using Gesso.Storage.Sql;
using Npgsql;

namespace Gesso.Storage.Postgres;

/// <summary>
/// A PostgreSQL database. Each write is a transaction of its own at READ COMMITTED; rows are locked in one order (the choice of jobs, tenants by id, jobs by id),
/// so that writes wait for each other, but not in circles.
/// </summary>
internal sealed class PostgresDatabase(NpgsqlDataSource source, string display, Action announced) : ISqlDatabase
{
    private const int MostTries = 5;

    private readonly Lock _lock = new();
    private TaskCompletionSource _brought = NewSignal();
    private long _work = 1;

    public bool GroupsCommits => false;

    public async Task<T> WriteAsync<T>(Func<SqlSession, ValueTask<T>> work, WriteKind kind, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            bool committing = false;
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
                var session = new PostgresSession(connection, cancellation);
                try
                {
                    await session.BeginAsync(kind).ConfigureAwait(false);
                    var result = await work(session).ConfigureAwait(false);
                    committing = true;
                    long start = Stopwatch.GetTimestamp();
                    await session.CommitAsync().ConfigureAwait(false);
                    StorageMeters.Commit(Stopwatch.GetElapsedTime(start), 1);
                    if (session.BroughtWork)
                        Bring();
                    if (session.Announced)
                        announced();
                    return result;
                }
                catch
                {
                    await session.RollBackAsync().ConfigureAwait(false);
                    throw;
                }
            }
            catch (Exception e) when (attempt < MostTries && PostgresErrors.IsConflict(e))
            {
                // again, from the beginning
            }
            catch (Exception e) when (attempt == 1 && !committing && PostgresErrors.IsGone(e))
            {
                // a connection of the pool may have died unnoticed; a fresh one tells
                source.Clear();
            }
            catch (Exception e) when (PostgresErrors.IsKnown(e))
            {
                throw PostgresErrors.Tell(e, display, committing);
            }
        }
    }

    public async Task<(T? Result, long Seen)> WriteNextAsync<T>(
        Func<SqlSession, ValueTask<T>> work, Func<T, bool> found, long seen, CancellationToken withdraw)
        where T : class
    {
        while (true)
        {
            Task brought;
            long now;
            lock (_lock)
                (brought, now) = (_brought.Task, _work);
            if (seen == now)
            {
                await brought.WaitAsync(withdraw).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (withdraw.IsCancellationRequested)
                    return default;
                continue;
            }
            var result = await WriteAsync(work, WriteKind.DurableWhereShared, CancellationToken.None).ConfigureAwait(false);
            if (found(result))
                return (result, now);
            seen = now;
        }
    }

    public async Task<T> ReadAsync<T>(Func<SqlSession, ValueTask<T>> work, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
                return await work(new PostgresSession(connection, cancellation)).ConfigureAwait(false);
            }
            catch (Exception e) when (attempt == 1 && PostgresErrors.IsGone(e))
            {
                source.Clear();
            }
            catch (Exception e) when (PostgresErrors.IsKnown(e))
            {
                throw PostgresErrors.Tell(e, display, committing: false);
            }
        }
    }

    private void Bring()
    {
        TaskCompletionSource brought;
        lock (_lock)
        {
            _work++;
            brought = _brought;
            _brought = NewSignal();
        }
        brought.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
