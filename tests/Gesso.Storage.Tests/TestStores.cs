using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Testing;
using Gesso.Testing.Platform;

namespace Gesso.Storage.Tests;

/// <summary>What keeps the platform's data in a test.</summary>
public enum StoreKind
{
    Memory,
    Sqlite,
    Postgres,
}

/// <summary>Empty stores of a kind for one test.</summary>
internal sealed class TestStores : IAsyncDisposable
{
    private readonly TestFolder? _folder;
    private readonly GessoDatabase? _database;

    private TestStores(PlatformStores stores, GessoDatabase? database, TestFolder? folder)
    {
        Stores = stores;
        _database = database;
        _folder = folder;
    }

    public PlatformStores Stores { get; }

    /// <summary>Skips the test where there is no PostgreSQL.</summary>
    public static async Task<TestStores> OpenAsync(StoreKind kind, SchedulingPolicy? policy = null, TimeProvider? time = null)
    {
        policy ??= new SchedulingPolicy();
        time ??= TimeProvider.System;
        if (kind == StoreKind.Memory)
            return new TestStores(new MemoryPlatform(policy, time).Stores, null, null);
        var folder = kind == StoreKind.Sqlite ? new TestFolder() : null;
        var database = await GessoDatabase.OpenAsync(folder is null ? NewPostgres() : $"sqlite:{folder.At("gesso.db")}", policy, time);
        return new TestStores(database.With(new MemoryAssetStore(time)), database, folder);
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
            await _database.DisposeAsync();
        _folder?.Dispose();
    }

    private static string NewPostgres()
    {
        Assert.SkipWhen(PostgresServer.OfThisProcess.Missing is not null, PostgresServer.OfThisProcess.Missing ?? "");
        return PostgresServer.OfThisProcess.NewDatabase();
    }
}
