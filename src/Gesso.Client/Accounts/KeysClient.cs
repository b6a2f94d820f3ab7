using Gesso.Client.Connection;

namespace Gesso.Client;

/// <summary>API keys. Making one is never repeated by itself: its secret is shown once.</summary>
public sealed class KeysClient
{
    private readonly ServerConnection _connection;

    internal KeysClient(ServerConnection connection) => _connection = connection;

    public async Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellation = default) =>
        (await _connection.GetAsync("api/keys", ClientJson.Default.KeyPage, cancellation).ConfigureAwait(false)).Data;

    /// <summary>The answer carries the secret.</summary>
    public Task<ApiKey> CreateAsync(NewKey key, CancellationToken cancellation = default) =>
        _connection.PostAsync("api/keys", key, ClientJson.Default.NewKey, ClientJson.Default.ApiKey, cancellation);

    public Task RevokeAsync(string key, CancellationToken cancellation = default) => _connection.DeleteAsync(Paths.Of("keys", key), cancellation);

    /// <summary>A new key in the place of an old one, which goes on working for a while.</summary>
    public Task<ApiKey> RotateAsync(string key, TimeSpan overlap, CancellationToken cancellation = default) =>
        _connection.PostAsync(Paths.Of("keys", key, "rotate"), new KeyRotation(overlap.TotalSeconds), ClientJson.Default.KeyRotation, ClientJson.Default.ApiKey, cancellation);
}

/// <summary>Tenants: who shares the machine with whom.</summary>
public sealed class TenantsClient
{
    private readonly ServerConnection _connection;

    internal TenantsClient(ServerConnection connection) => _connection = connection;

    public async Task<IReadOnlyList<Tenant>> ListAsync(CancellationToken cancellation = default) =>
        (await _connection.GetAsync("api/tenants", ClientJson.Default.TenantPage, cancellation).ConfigureAwait(false)).Data;

    public Task<Tenant> CreateAsync(string name, double weight = 1, CancellationToken cancellation = default) =>
        _connection.PostAsync("api/tenants", new NewTenant(name, weight), ClientJson.Default.NewTenant, ClientJson.Default.Tenant, cancellation);
}
