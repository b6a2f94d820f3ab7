using System.Text.Json;
using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Stores;

/// <summary>Tenants and keys in SQL.</summary>
internal sealed class SqlAccountStore(ISqlDatabase database) : IAccountStore
{
    private const string Keys = "SELECT id, tenant, name, prefix, role, limits, created, expires, revoked, last_used FROM api_keys";

    private const string UpsertTenant = """
        INSERT INTO tenants (id, name, weight, created) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, weight = excluded.weight
        """;

    public Task<ApiKey?> FindAsync(byte[] hash, CancellationToken cancellation = default) =>
        database.ReadAsync(s => s.FirstAsync($"{Keys} WHERE hash = $1", Read, hash), cancellation);

    public Task AddAsync(ApiKey key, byte[] hash, CancellationToken cancellation = default) =>
        database.WriteAsync(s => InsertAsync(s, key, hash), WriteKind.Durable, cancellation);

    public Task<bool> AddFirstAsync(Tenant tenant, ApiKey key, byte[] hash, CancellationToken cancellation = default) => database.WriteAsync(
        async s =>
        {
            await s.LockChoiceAsync();                                // two servers that start on an empty database
            if ((await s.QueryAsync("SELECT id FROM api_keys LIMIT 1", r => r.Text())).Count > 0)
                return false;
            await s.PostAsync(UpsertTenant, tenant.Id.Value, tenant.Name, tenant.Weight, tenant.Created);
            return await InsertAsync(s, key, hash) == 1;
        },
        WriteKind.Durable, cancellation);

    public Task<IReadOnlyList<ApiKey>> ListAsync(TenantId? tenant, CancellationToken cancellation = default) => tenant is { } owner
        ? database.QueryAsync($"{Keys} WHERE tenant = $1 ORDER BY id", [owner.Value], Read, cancellation)
        : database.QueryAsync($"{Keys} ORDER BY id", [], Read, cancellation);

    public async Task<bool> RevokeAsync(TenantId? tenant, ApiKeyId key, DateTimeOffset now, CancellationToken cancellation = default)
    {
        const string Revoke = "UPDATE api_keys SET revoked = $2 WHERE id = $1 AND revoked IS NULL";
        return await (tenant is { } owner
            ? database.ExecuteAsync(WriteKind.Durable, Revoke + " AND tenant = $3", [key.Value, now, owner.Value], cancellation)
            : database.ExecuteAsync(WriteKind.Durable, Revoke, [key.Value, now], cancellation)) == 1;
    }

    public async Task<bool> ExpireAsync(ApiKeyId key, DateTimeOffset end, CancellationToken cancellation = default) => await database.ExecuteAsync(
        WriteKind.Durable, "UPDATE api_keys SET expires = $2 WHERE id = $1 AND revoked IS NULL", [key.Value, end], cancellation) == 1;

    public Task TouchAsync(ApiKeyId key, DateTimeOffset now, CancellationToken cancellation = default)
    {
        var minute = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute));
        return database.ExecuteAsync(
            WriteKind.Relaxed,
            "UPDATE api_keys SET last_used = $2 WHERE id = $1 AND (last_used IS NULL OR last_used < $2)",
            [key.Value, minute],
            cancellation);
    }

    public Task SaveAsync(Tenant tenant, CancellationToken cancellation = default) =>
        database.ExecuteAsync(WriteKind.Durable, UpsertTenant, [tenant.Id.Value, tenant.Name, tenant.Weight, tenant.Created], cancellation);

    public Task<IReadOnlyList<Tenant>> TenantsAsync(CancellationToken cancellation = default) => database.QueryAsync(
        "SELECT id, name, weight, created FROM tenants ORDER BY id", [], r => new Tenant(new TenantId(r.Text()), r.Text(), r.Real(), r.Time()), cancellation);

    public async Task<int> CountValidAsync(DateTimeOffset now, CancellationToken cancellation = default) => (await database.QueryAsync(
        "SELECT COUNT(*) FROM api_keys WHERE revoked IS NULL AND (expires IS NULL OR expires > $1)", [now], r => r.Int(), cancellation))[0];

    private static ValueTask<int> InsertAsync(SqlSession session, ApiKey key, byte[] hash) => session.ExecuteAsync(
        """
        INSERT INTO api_keys (id, tenant, name, prefix, role, limits, hash, created, expires, revoked, last_used)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        key.Id.Value, key.Tenant.Value, key.Name, key.Prefix, SqlName<Role>.Of(key.Role), JsonSerializer.Serialize(key.Limits, StorageJson.Default.KeyLimits), hash,
        key.Created, key.Expires, key.Revoked, key.LastUsed);

    private static ApiKey Read(SqlRow row) => new()
    {
        Id = new ApiKeyId(row.Text()),
        Tenant = new TenantId(row.Text()),
        Name = row.Text(),
        Prefix = row.Text(),
        Role = row.Name<Role>(),
        Limits = JsonSerializer.Deserialize(row.Text(), StorageJson.Default.KeyLimits)!,
        Created = row.Time(),
        Expires = row.TimeOrNull(),
        Revoked = row.TimeOrNull(),
        LastUsed = row.TimeOrNull(),
    };
}
