using System.Data.Common;
using System.Text.Json;
using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Stores;

/// <summary>Tenants and keys in SQL.</summary>
internal sealed class SqlAccountStore(ISqlDatabase database) : IAccountStore
{
    private const string Columns = "SELECT id, tenant, name, prefix, role, limits, created, expires, revoked, last_used FROM api_keys";

    public Task<ApiKey?> FindAsync(byte[] hash, CancellationToken cancellation = default) =>
        database.ReadAsync(s => s.First($"{Columns} WHERE hash = @hash", Read, ("hash", hash)), cancellation);

    public Task AddAsync(ApiKey key, byte[] hash, CancellationToken cancellation = default) =>
        database.WriteAsync(s => Insert(s, key, hash), WriteKind.Durable, cancellation);

    public Task<bool> AddFirstAsync(Tenant tenant, ApiKey key, byte[] hash, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            if (s.Value("SELECT COUNT(*) FROM api_keys", r => r.GetInt64(0)) > 0)
                return false;
            Save(s, tenant);
            return Insert(s, key, hash) == 1;
        },
        WriteKind.Durable, cancellation);

    public Task<IReadOnlyList<ApiKey>> ListAsync(TenantId? tenant, CancellationToken cancellation = default) => database.ReadAsync<IReadOnlyList<ApiKey>>(
        s => tenant is { } owner
            ? s.Query($"{Columns} WHERE tenant = @tenant ORDER BY id", Read, ("tenant", owner.Value))
            : s.Query($"{Columns} ORDER BY id", Read),
        cancellation);

    public Task<bool> RevokeAsync(TenantId? tenant, ApiKeyId key, DateTimeOffset now, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute(
            "UPDATE api_keys SET revoked = @now WHERE id = @id AND revoked IS NULL AND (CAST(@tenant AS TEXT) IS NULL OR tenant = @tenant)",
            ("now", now.Db()), ("id", key.Value), ("tenant", tenant?.Value)) == 1,
        WriteKind.Durable, cancellation);

    public Task TouchAsync(ApiKeyId key, DateTimeOffset now, CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("UPDATE api_keys SET last_used = @now WHERE id = @id", ("now", now.Db()), ("id", key.Value)), WriteKind.Relaxed, cancellation);

    public Task SaveAsync(Tenant tenant, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            Save(s, tenant);
            return true;
        },
        WriteKind.Durable, cancellation);

    public Task<IReadOnlyList<Tenant>> TenantsAsync(CancellationToken cancellation = default) => database.ReadAsync<IReadOnlyList<Tenant>>(
        s => s.Query("SELECT id, name, weight, created FROM tenants ORDER BY id", r => new Tenant(new TenantId(r.GetString(0)), r.GetString(1), r.GetDouble(2), r.Time(3))),
        cancellation);

    public Task<int> CountValidAsync(DateTimeOffset now, CancellationToken cancellation = default) => database.ReadAsync(
        s => (int)(s.Value("SELECT COUNT(*) FROM api_keys WHERE revoked IS NULL AND (expires IS NULL OR expires > @now)", r => r.GetInt64(0), ("now", now.Db())) ?? 0),
        cancellation);

    private static void Save(ISqlSession session, Tenant tenant) => session.Execute(
        """
        INSERT INTO tenants (id, name, weight, created) VALUES (@id, @name, @weight, @created)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, weight = excluded.weight
        """,
        ("id", tenant.Id.Value), ("name", tenant.Name), ("weight", tenant.Weight), ("created", tenant.Created.Db()));

    private static int Insert(ISqlSession session, ApiKey key, byte[] hash) => session.Execute(
        """
        INSERT INTO api_keys (id, tenant, name, prefix, role, limits, hash, created, expires, revoked, last_used)
        VALUES (@id, @tenant, @name, @prefix, @role, @limits, @hash, @created, @expires, @revoked, @used)
        """,
        ("id", key.Id.Value), ("tenant", key.Tenant.Value), ("name", key.Name), ("prefix", key.Prefix), ("role", key.Role.ToString()),
        ("limits", JsonSerializer.Serialize(key.Limits, StorageJson.Default.KeyLimits)), ("hash", hash), ("created", key.Created.Db()), ("expires", key.Expires.Db()),
        ("revoked", key.Revoked.Db()), ("used", key.LastUsed.Db()));

    private static ApiKey Read(DbDataReader row) => new()
    {
        Id = new ApiKeyId(row.GetString(0)),
        Tenant = new TenantId(row.GetString(1)),
        Name = row.GetString(2),
        Prefix = row.GetString(3),
        Role = row.Enum<Role>(4),
        Limits = JsonSerializer.Deserialize(row.GetString(5), StorageJson.Default.KeyLimits)!,
        Created = row.Time(6),
        Expires = row.TimeOrNull(7),
        Revoked = row.TimeOrNull(8),
        LastUsed = row.TimeOrNull(9),
    };
}
