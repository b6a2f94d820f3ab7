using Gesso.Platform;
using Gesso.Platform.Accounts;

namespace Gesso.Server.Tests.Auth;

/// <summary>A store of accounts that tells how often keys were looked up.</summary>
internal sealed class CountingAccounts(IAccountStore store) : IAccountStore
{
    private int _finds;

    public int Finds => _finds;

    public Task<ApiKey?> FindAsync(byte[] hash, CancellationToken cancellation = default)
    {
        Interlocked.Increment(ref _finds);
        return store.FindAsync(hash, cancellation);
    }

    public Task AddAsync(ApiKey key, byte[] hash, CancellationToken cancellation = default) => store.AddAsync(key, hash, cancellation);

    public Task<bool> AddFirstAsync(Tenant tenant, ApiKey key, byte[] hash, CancellationToken cancellation = default) => store.AddFirstAsync(tenant, key, hash, cancellation);

    public Task<IReadOnlyList<ApiKey>> ListAsync(TenantId? tenant, CancellationToken cancellation = default) => store.ListAsync(tenant, cancellation);

    public Task<bool> RevokeAsync(TenantId? tenant, ApiKeyId key, DateTimeOffset now, CancellationToken cancellation = default) => store.RevokeAsync(tenant, key, now, cancellation);

    public Task<bool> ExpireAsync(ApiKeyId key, DateTimeOffset end, CancellationToken cancellation = default) => store.ExpireAsync(key, end, cancellation);

    public Task TouchAsync(ApiKeyId key, DateTimeOffset now, CancellationToken cancellation = default) => store.TouchAsync(key, now, cancellation);

    public Task SaveAsync(Tenant tenant, CancellationToken cancellation = default) => store.SaveAsync(tenant, cancellation);

    public Task<IReadOnlyList<Tenant>> TenantsAsync(CancellationToken cancellation = default) => store.TenantsAsync(cancellation);

    public Task<int> CountValidAsync(DateTimeOffset now, CancellationToken cancellation = default) => store.CountValidAsync(now, cancellation);
}
