namespace Gesso.Platform.Accounts;

/// <summary>What a key may do; each includes the ones after it.</summary>
public enum Role
{
    /// <summary>Keys, tenants, workers, jobs of all tenants.</summary>
    Admin,

    /// <summary>Draw, cancel, delete within its tenant.</summary>
    Submit,

    /// <summary>Look at jobs and pictures of its tenant.</summary>
    Read,
}

/// <summary>Limits of one key; null: the server's.</summary>
public sealed record KeyLimits
{
    public int? RequestsPerMinute { get; init; }

    public int? PicturesPerMinute { get; init; }

    /// <summary>Jobs waiting or running at a time.</summary>
    public int? QueuedJobs { get; init; }

    /// <summary>Pixels of one picture.</summary>
    public long? MaxPixels { get; init; }

    /// <summary>−10 … 10.</summary>
    public int? MaxPriority { get; init; }

    /// <summary>Adapters it may see and use: names, or beginnings of names with a * behind. Null: all; empty: none.</summary>
    public IReadOnlyList<string>? Adapters { get; init; }

    public bool MayUseAdapter(string name) => Adapters is null || Adapters.Any(a => a.EndsWith('*')
        ? name.StartsWith(a[..^1], StringComparison.OrdinalIgnoreCase)
        : string.Equals(name, a, StringComparison.OrdinalIgnoreCase));
}

/// <summary>A key without its secret.</summary>
public sealed record ApiKey
{
    public required ApiKeyId Id { get; init; }

    public required TenantId Tenant { get; init; }

    /// <summary>What its owner calls it.</summary>
    public required string Name { get; init; }

    /// <summary>The first characters of the secret, to tell keys apart.</summary>
    public required string Prefix { get; init; }

    public required Role Role { get; init; }

    public KeyLimits Limits { get; init; } = new();

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Expires { get; init; }

    public DateTimeOffset? Revoked { get; init; }

    /// <summary>To the minute.</summary>
    public DateTimeOffset? LastUsed { get; init; }

    public bool IsValid(DateTimeOffset now) => Revoked is null && !(Expires <= now);

    public bool May(Role role) => Role <= role;
}

/// <summary>A customer, a team: the unit of isolation and of fair share.</summary>
/// <param name="Id">Which.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Weight">Its share of device time relative to others, above 0.</param>
/// <param name="Created">When.</param>
public sealed record Tenant(TenantId Id, string Name, double Weight, DateTimeOffset Created);
