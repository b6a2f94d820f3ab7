using System.Text.Json.Serialization;
using Gesso.Platform.Accounts;
using Gesso.Server.Json;

namespace Gesso.Server.Auth.Accounts;

/// <summary>A key to be made.</summary>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Role">admin, submit or read.</param>
/// <param name="Tenant">Null: the caller's.</param>
/// <param name="ExpiresAt">Unix seconds; null: never.</param>
/// <param name="Limits">Null: the server's.</param>
public sealed record NewKeyRequest(string? Name, string? Role, string? Tenant, double? ExpiresAt, KeyLimits? Limits);

/// <param name="OverlapSeconds">How long the old key goes on working; null: not at all.</param>
public sealed record RotateKeyRequest(double? OverlapSeconds);

/// <summary>A tenant to be made, or changed where an id is given.</summary>
/// <param name="Id">Null: a new one.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Weight">Its share of device time relative to others; null: 1.</param>
public sealed record TenantRequest(string? Id, string? Name, double? Weight);

/// <summary>A key as administrators see it; times are Unix seconds.</summary>
/// <param name="Id">Names the key without being it.</param>
/// <param name="Object"><c>key</c>.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Prefix">The first characters of the secret.</param>
/// <param name="Role">admin, submit or read.</param>
/// <param name="Tenant">Whose jobs it sees.</param>
/// <param name="Limits">Null members: the server's.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it stops working.</param>
/// <param name="RevokedAt">When it was ended by hand.</param>
/// <param name="LastUsedAt">To the minute.</param>
/// <param name="Secret">The key itself, only in the answer that made it.</param>
public sealed record KeyView(
    string Id, string Object, string Name, string Prefix, string Role, string Tenant, KeyLimits Limits,
    double CreatedAt, double? ExpiresAt, double? RevokedAt, double? LastUsedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Secret = null)
{
    public static KeyView Of(ApiKey key, string? secret = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new KeyView(
            key.Id.Value, "key", key.Name, key.Prefix, key.Role.ToString().ToLowerInvariant(), key.Tenant.Value, key.Limits,
            key.Created.UnixSeconds(), key.Expires?.UnixSeconds(), key.Revoked?.UnixSeconds(), key.LastUsed?.UnixSeconds(), secret);
    }
}

/// <summary>A tenant as administrators see it.</summary>
public sealed record TenantView(string Id, string Object, string Name, double Weight, double CreatedAt)
{
    public static TenantView Of(Tenant tenant)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        return new TenantView(tenant.Id.Value, "tenant", tenant.Name, tenant.Weight, tenant.Created.UnixSeconds());
    }
}

public sealed record KeyList(IReadOnlyList<KeyView> Data);

public sealed record TenantList(IReadOnlyList<TenantView> Data);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(NewKeyRequest))]
[JsonSerializable(typeof(RotateKeyRequest))]
[JsonSerializable(typeof(TenantRequest))]
[JsonSerializable(typeof(KeyView))]
[JsonSerializable(typeof(KeyList))]
[JsonSerializable(typeof(TenantView))]
[JsonSerializable(typeof(TenantList))]
internal sealed partial class AccountJson : JsonSerializerContext;
