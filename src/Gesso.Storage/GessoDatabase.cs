using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;
using Gesso.Platform.Workers;
using Gesso.Storage.Jobs;
using Gesso.Storage.Sql;
using Gesso.Storage.Sqlite;
using Gesso.Storage.Stores;

namespace Gesso.Storage;

/// <summary>An open database: SQLite inside one machine, PostgreSQL across many, behind the same ports.</summary>
public sealed class GessoDatabase : IAsyncDisposable
{
    private const string SqliteScheme = "sqlite:";

    private readonly ISqlDatabase _main;
    private readonly IReadOnlyList<IAsyncDisposable> _parts;

    private GessoDatabase(ISqlDatabase main, ISqlDatabase progress, IChangeSignal signal, SchedulingPolicy policy, TimeProvider time, IReadOnlyList<IAsyncDisposable> parts)
    {
        _main = main;
        _parts = parts;
        Signal = signal;
        Jobs = new SqlJobStore(main, policy);
        Progress = new SqlProgressBus(progress, time);
        Catalog = new SqlAssetCatalog(main);
        Accounts = new SqlAccountStore(main);
        Workers = new SqlWorkerRegistry(main);
        Webhooks = new SqlWebhookOutbox(main);
    }

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
    public static Task<GessoDatabase> OpenAsync(string connection, SchedulingPolicy policy, TimeProvider time, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(policy);
        cancellation.ThrowIfCancellationRequested();
        return connection.StartsWith(SqliteScheme, StringComparison.Ordinal)
            ? Task.Run(() => OpenSqlite(Path.GetFullPath(connection[SqliteScheme.Length..]), policy.Validate(), time), cancellation)
            : throw GessoException.Invalid("bad_database", $"database: expected sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME, got \"{connection}\".");
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

    /// <summary>Fails when nothing can be stored now.</summary>
    public Task CheckAsync(CancellationToken cancellation = default) =>
        _main.WriteAsync(s => s.Execute("DELETE FROM webhooks WHERE id = ''"), WriteKind.Durable, cancellation);

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _parts)
            await part.DisposeAsync().ConfigureAwait(false);
    }

    private static GessoDatabase OpenSqlite(string path, SchedulingPolicy policy, TimeProvider time)
    {
        string side = Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path) + "-progress.db");
        SqliteMigrations.Apply(path);
        SqliteMigrations.ApplyProgress(side);
        var signal = new SqliteChangeSignal([path, side]);
        var main = new SqliteDatabase(path, lossy: false, signal.Change);
        var progress = new SqliteDatabase(side, lossy: true, signal.Change);
        return new GessoDatabase(main, progress, signal, policy, time, [signal, progress, main]);
    }
}
