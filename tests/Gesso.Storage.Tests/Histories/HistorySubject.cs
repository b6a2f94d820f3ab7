using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Postgres;
using Gesso.Testing;
using Gesso.Testing.Platform;
using Npgsql;

namespace Gesso.Storage.Tests.Histories;

/// <summary>A database that thousands of histories start empty on.</summary>
internal sealed class HistorySubject : IAsyncDisposable
{
    // small numbers, so that their effects are met
    private static readonly SchedulingPolicy Policy = new() { LookAhead = 3, TenantLookAhead = 2, FairnessSlackSeconds = 3, MaxPasses = 2, MaxCrashes = 2 };

    private readonly TestFolder? _folder;
    private readonly string? _postgres;
    private GessoDatabase? _database;
    private int _files;

    private HistorySubject(TestFolder? folder, string? postgres)
    {
        _folder = folder;
        _postgres = postgres;
    }

    /// <summary>Skips the test where there is no PostgreSQL.</summary>
    public static async Task<HistorySubject> OpenAsync(StoreKind kind)
    {
        if (kind == StoreKind.Sqlite)
            return new HistorySubject(new TestFolder(), null);
        Assert.SkipWhen(PostgresServer.OfThisProcess.Missing is not null, PostgresServer.OfThisProcess.Missing ?? "");
        string url = PostgresServer.OfThisProcess.NewDatabase();
        return new HistorySubject(null, url) { _database = await GessoDatabase.OpenAsync(url, Policy, TimeProvider.System) };
    }

    public PlatformStores NewModel() => new MemoryPlatform(Policy).Stores;

    public async Task<PlatformStores> EmptyAsync()
    {
        if (_folder is not null)
        {
            await CloseAsync();
            _database = await GessoDatabase.OpenAsync($"sqlite:{_folder.At($"{_files++}.db")}", Policy, TimeProvider.System);
        }
        else
        {
            await using var source = NpgsqlDataSource.Create(PostgresAddress.Parse(_postgres!).ConnectionString);
            await using var truncate = source.CreateCommand("TRUNCATE jobs, shares, tenants, job_events, pictures, uploads, webhooks");
            _ = await truncate.ExecuteNonQueryAsync();
        }
        return _database!.With(new MemoryAssetStore(TimeProvider.System));
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder?.Dispose();
    }

    /// <summary>Histories are many, so their files are not kept.</summary>
    private async Task CloseAsync()
    {
        if (_database is null)
            return;
        await _database.DisposeAsync();
        foreach (string file in _folder is null ? [] : Directory.GetFiles(_folder.Path))
            File.Delete(file);
    }
}
