namespace Gesso.Platform.Accounts;

/// <summary>Tenants and their keys.</summary>
public interface IAccountStore
{
    /// <summary>Null: no key has this hash. Revoked and expired ones are found, too: the caller says so.</summary>
    Task<ApiKey?> FindAsync(byte[] hash, CancellationToken cancellation = default);

    Task AddAsync(ApiKey key, byte[] hash, CancellationToken cancellation = default);

    /// <summary>Adds the key only when there is none at all (the first start); false otherwise.</summary>
    Task<bool> AddFirstAsync(Tenant tenant, ApiKey key, byte[] hash, CancellationToken cancellation = default);

    /// <summary>Null tenant: all.</summary>
    Task<IReadOnlyList<ApiKey>> ListAsync(TenantId? tenant, CancellationToken cancellation = default);

    /// <summary>False: no such key of the tenant, or revoked before.</summary>
    Task<bool> RevokeAsync(TenantId? tenant, ApiKeyId key, DateTimeOffset now, CancellationToken cancellation = default);

    /// <summary>Moves the end of a key: it is valid until then, however long it was before. False: no such key, or revoked.</summary>
    Task<bool> ExpireAsync(ApiKeyId key, DateTimeOffset end, CancellationToken cancellation = default);

    Task TouchAsync(ApiKeyId key, DateTimeOffset now, CancellationToken cancellation = default);

    /// <summary>Adds the tenant, or changes the name and weight of the one with this id.</summary>
    Task SaveAsync(Tenant tenant, CancellationToken cancellation = default);

    Task<IReadOnlyList<Tenant>> TenantsAsync(CancellationToken cancellation = default);

    /// <summary>The number of keys that are neither revoked nor expired.</summary>
    Task<int> CountValidAsync(DateTimeOffset now, CancellationToken cancellation = default);
}
