using Gesso.Platform;
using Gesso.Platform.Accounts;

namespace Gesso.Testing.Platform;

/// <summary>Tenants and keys in memory.</summary>
internal sealed class MemoryAccountStore(MemoryPlatform platform) : IAccountStore
{
    private readonly Dictionary<string, ApiKey> _keys = [];

    public Task<ApiKey?> FindAsync(byte[] hash, CancellationToken cancellation = default) => Locked(() => _keys.GetValueOrDefault(Convert.ToHexString(hash)));

    public Task AddAsync(ApiKey key, byte[] hash, CancellationToken cancellation = default) => Locked(() => Add(key, hash));

    public Task<bool> AddFirstAsync(Tenant tenant, ApiKey key, byte[] hash, CancellationToken cancellation = default) => Locked(() =>
    {
        if (_keys.Count > 0)
            return false;
        Save(tenant);
        return Add(key, hash);
    });

    public Task<IReadOnlyList<ApiKey>> ListAsync(TenantId? tenant, CancellationToken cancellation = default) => Locked<IReadOnlyList<ApiKey>>(() =>
        [.. _keys.Values.Where(k => tenant is null || k.Tenant == tenant).OrderBy(k => k.Id.Value, StringComparer.Ordinal)]);

    public Task<bool> RevokeAsync(TenantId? tenant, ApiKeyId key, DateTimeOffset now, CancellationToken cancellation = default) => Locked(() =>
        Change(k => k.Id == key && k.Revoked is null && (tenant is null || k.Tenant == tenant), k => k with { Revoked = MemoryPlatform.Stored(now) }));

    public Task<bool> ExpireAsync(ApiKeyId key, DateTimeOffset end, CancellationToken cancellation = default) => Locked(() =>
        Change(k => k.Id == key && k.Revoked is null, k => k with { Expires = MemoryPlatform.Stored(end) }));

    public Task TouchAsync(ApiKeyId key, DateTimeOffset now, CancellationToken cancellation = default)
    {
        var minute = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 60 * 60);
        return Locked(() => Change(k => k.Id == key && !(k.LastUsed >= minute), k => k with { LastUsed = minute }));
    }

    public Task SaveAsync(Tenant tenant, CancellationToken cancellation = default) => Locked(() =>
    {
        Save(tenant);
        return true;
    });

    public Task<IReadOnlyList<Tenant>> TenantsAsync(CancellationToken cancellation = default) =>
        Locked<IReadOnlyList<Tenant>>(() => [.. platform.Tenants.Values.OrderBy(t => t.Id.Value, StringComparer.Ordinal)]);

    public Task<int> CountValidAsync(DateTimeOffset now, CancellationToken cancellation = default) => Locked(() => _keys.Values.Count(k => k.IsValid(now)));

    private bool Add(ApiKey key, byte[] hash)
    {
        var expires = key.Expires is { } end ? MemoryPlatform.Stored(end) : (DateTimeOffset?)null;
        _keys.Add(Convert.ToHexString(hash), key with { Created = MemoryPlatform.Stored(key.Created), Expires = expires });
        return true;
    }

    private void Save(Tenant tenant) => platform.Tenants[tenant.Id] = tenant with
    {
        Created = platform.Tenants.TryGetValue(tenant.Id, out var known) ? known.Created : MemoryPlatform.Stored(tenant.Created),
    };

    private bool Change(Func<ApiKey, bool> which, Func<ApiKey, ApiKey> change)
    {
        var found = _keys.Where(k => which(k.Value)).ToList();
        foreach (var (hash, key) in found)
            _keys[hash] = change(key);
        return found.Count > 0;
    }

    private Task<T> Locked<T>(Func<T> work)
    {
        lock (platform.Lock)
            return Task.FromResult(work());
    }
}
