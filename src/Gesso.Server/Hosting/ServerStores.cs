using Gesso.Platform;
using Gesso.Storage;
using Gesso.Storage.Assets;

namespace Gesso.Server.Hosting;

/// <summary>The stores of a configuration, open; shared by servers and workers.</summary>
public sealed class ServerStores : IAsyncDisposable
{
    private readonly GessoDatabase _database;
    private readonly IDisposable? _assets;

    private ServerStores(GessoDatabase database, PlatformStores stores)
    {
        _database = database;
        _assets = stores.Assets as IDisposable;
        Stores = stores;
    }

    public PlatformStores Stores { get; }

    /// <exception cref="Contracts.Errors.GessoException">What cannot be opened, and why.</exception>
    public static async Task<ServerStores> OpenAsync(ServerOptions options, TimeProvider time, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var database = await GessoDatabase.OpenAsync(options.DatabaseOrDefault, options.Scheduling, time, cancellation).ConfigureAwait(false);
        return new ServerStores(database, database.With(AssetStores.Open(options.AssetsOrDefault, time)));
    }

    public ValueTask DisposeAsync()
    {
        _assets?.Dispose();
        return _database.DisposeAsync();
    }
}
