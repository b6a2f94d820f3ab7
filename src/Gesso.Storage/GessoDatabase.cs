using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;
using Gesso.Platform.Workers;
using Gesso.Storage.Jobs;
using Gesso.Storage.Migrations;
using Gesso.Storage.Postgres;
using Gesso.Storage.Sql;
using Gesso.Storage.Sqlite;
using Gesso.Storage.Stores;
using Npgsql;

namespace Gesso.Storage;

public enum DatabaseKind
{
    /// <summary>A file, for one machine.</summary>
    Sqlite,

    /// <summary>A server, for many machines.</summary>
    Postgres,
}

/// <summary>An open database: SQLite inside one machine, PostgreSQL across many, behind the same ports.</summary>
public sealed class GessoDatabase : IAsyncDisposable
{
    private const string SqliteScheme = "sqlite:";

    private readonly ISqlDatabase _main;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<IAsyncDisposable> _parts;

    private GessoDatabase(
        DatabaseKind kind, ISqlDatabase main, ISqlDatabase progress, IChangeSignal signal, SchedulingPolicy policy, TimeProvider time,
        params IReadOnlyList<IAsyncDisposable> parts)
    {
        Kind = kind;
        _main = main;
        _time = time;
        _parts = parts;
        Signal = signal;
        Jobs = new SqlJobStore(main, policy);
        Progress = new SqlProgressBus(progress, time);
        Catalog = new SqlAssetCatalog(main);
        Accounts = new SqlAccountStore(main);
        Workers = new SqlWorkerRegistry(main);
        Webhooks = new SqlWebhookOutbox(main);
    }

    public DatabaseKind Kind { get; }

    public IJobStore Jobs { get; }

    public IProgressBus Progress { get; }

    public IChangeSignal Signal { get; }

    public IAssetCatalog Catalog { get; }

    public IAccountStore Accounts { get; }

    public IWorkerRegistry Workers { get; }

    public IWebhookOutbox Webhooks { get; }

    /// <summary>Opens a database and brings it to this program's schema.</summary>
    /// <param name="connection"><c>sqlite:PATH</c> or <c>postgres://USER:PASSWORD@HOST:PORT/NAME</c>.</param>
    /// <param name="policy">The order of jobs.</param>
    /// <param name="time">For the age of progress.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="GessoException">What is wrong with it, and what to do.</exception>
    public static async Task<GessoDatabase> OpenAsync(string connection, SchedulingPolicy policy, TimeProvider time, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(policy);
        _ = policy.Validate();
        if (PostgresAddress.Is(connection))
            return await OpenPostgresAsync(PostgresAddress.Parse(connection), policy, time, cancellation).ConfigureAwait(false);
        if (!connection.StartsWith(SqliteScheme, StringComparison.Ordinal) || connection.Length == SqliteScheme.Length)
            throw GessoException.Invalid("bad_database", "database: expected sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME.");
        return await Task.Run(() => OpenSqlite(Path.GetFullPath(connection[SqliteScheme.Length..]), policy, time), cancellation).ConfigureAwait(false);
    }

    /// <summary>All ports, with the place for pictures.</summary>
    public PlatformStores With(IAssetStore assets) => new()
    {
        Jobs = Jobs,
        Progress = Progress,
        Signal = Signal,
        Catalog = Catalog,
        Assets = assets,
        Accounts = Accounts,
        Workers = Workers,
        Webhooks = Webhooks,
        CheckAsync = CheckAsync,
    };

    /// <summary>Fails when nothing can be stored now: it stores the time.</summary>
    public Task CheckAsync(CancellationToken cancellation = default) => _main.ExecuteAsync(
        WriteKind.Durable,
        "INSERT INTO readiness (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
        [_time.GetUtcNow()],
        cancellation);

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _parts)
            await part.DisposeAsync().ConfigureAwait(false);
    }

    private static GessoDatabase OpenSqlite(string path, SchedulingPolicy policy, TimeProvider time)
    {
        string side = Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path) + "-progress.db");
        SqliteSchema.Apply(path, MigrationFiles.Sqlite);
        SqliteSchema.ApplyReplaceable(side, MigrationFiles.Progress);
        var signal = new ChangeSignal(time);
        var main = new SqliteDatabase(path, lossy: false, signal);
        main.KeepReserve();
        var progress = new SqliteDatabase(side, lossy: true, signal);
        return new GessoDatabase(DatabaseKind.Sqlite, main, progress, signal, policy, time, progress, main);
    }

    private static async Task<GessoDatabase> OpenPostgresAsync(PostgresAddress address, SchedulingPolicy policy, TimeProvider time, CancellationToken cancellation)
    {
        var source = NpgsqlDataSource.Create(address.ConnectionString);
        try
        {
            await PostgresSchema.ApplyAsync(source, address.Display, cancellation).ConfigureAwait(false);
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        var signal = new ChangeSignal(time);
        var changes = new PostgresChanges(source, signal, time);
        var main = new PostgresDatabase(source, address.Display, changes.Announce);
        return new GessoDatabase(DatabaseKind.Postgres, main, main, signal, policy, time, changes, source);
    }
}
