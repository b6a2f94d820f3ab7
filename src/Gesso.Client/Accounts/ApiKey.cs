using System.Text.Json.Serialization;

namespace Gesso.Client;

/// <summary>What a key may do; each includes the ones after it.</summary>
public enum KeyRole
{
    [JsonStringEnumMemberName("admin")]
    Admin,

    [JsonStringEnumMemberName("submit")]
    Submit,

    [JsonStringEnumMemberName("read")]
    Read,
}

/// <summary>An API key; the secret is there once, in the answer that made it.</summary>
public sealed record ApiKey
{
    public required string Id { get; init; }

    public string Name { get; init; } = "";

    public KeyRole Role { get; init; }

    public string Tenant { get; init; } = "";

    /// <summary>The first characters of the secret.</summary>
    public string? Prefix { get; init; }

    [JsonPropertyName("created_at")]
    public DateTimeOffset Created { get; init; }

    [JsonPropertyName("expires_at")]
    public DateTimeOffset? Expires { get; init; }

    [JsonPropertyName("revoked_at")]
    public DateTimeOffset? Revoked { get; init; }

    [JsonPropertyName("last_used_at")]
    public DateTimeOffset? LastUsed { get; init; }

    public KeyLimits? Limits { get; init; }

    /// <summary><c>gsk_…</c>, only when the key was just made.</summary>
    public string? Secret { get; init; }
}

/// <summary>Limits of one key; null: the server's.</summary>
public sealed record KeyLimits
{
    public int? RequestsPerMinute { get; init; }

    public int? PicturesPerMinute { get; init; }

    public int? QueuedJobs { get; init; }

    public long? MaxPixels { get; init; }

    public int? MaxPriority { get; init; }

    /// <summary>Adapters it may see and use: names, or beginnings of names with a * behind. Null: all; empty: none.</summary>
    public IReadOnlyList<string>? Adapters { get; init; }
}

/// <summary>A key to be made.</summary>
public sealed record NewKey
{
    public required string Name { get; init; }

    public KeyRole Role { get; init; } = KeyRole.Submit;

    /// <summary>Null: the tenant of the key that asks.</summary>
    public string? Tenant { get; init; }

    [JsonPropertyName("expires_at")]
    public DateTimeOffset? Expires { get; init; }

    public KeyLimits? Limits { get; init; }
}

/// <param name="Data">All keys.</param>
internal sealed record KeyPage(IReadOnlyList<ApiKey> Data);

internal sealed record KeyRotation(double OverlapSeconds);

/// <param name="Id">Which.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Weight">Its share of device time relative to others.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record Tenant(string Id, string Name, double Weight, DateTimeOffset? CreatedAt = null);

internal sealed record TenantPage(IReadOnlyList<Tenant> Data);

internal sealed record NewTenant(string Name, double Weight);
