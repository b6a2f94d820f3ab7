using Gesso.Platform;
using Gesso.Platform.Accounts;

namespace Gesso.Server.Auth;

/// <summary>The key of the first start: without it nobody could make any.</summary>
public static class FirstKey
{
    /// <summary>Makes an administrator's key, and its tenant, when there is no key at all.</summary>
    /// <returns>The secret, to be shown once; null: there are keys.</returns>
    public static async Task<KeySecret?> EnsureAsync(IAccountStore accounts, ServerSecrets secrets, TimeProvider time, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(accounts);
        ArgumentNullException.ThrowIfNull(secrets);
        ArgumentNullException.ThrowIfNull(time);
        var now = time.GetUtcNow();
        var secret = KeySecret.New();
        Tenant tenant = new(TenantId.Default, "default", 1, now);
        ApiKey key = new()
        {
            Id = new SortableId(time).NewKey(),
            Tenant = tenant.Id,
            Name = "first key",
            Prefix = secret.Prefix,
            Role = Role.Admin,
            Created = now,
        };
        bool added = await accounts.AddFirstAsync(tenant, key, KeySecret.Hash(secret.Text, secrets.Pepper), cancellation).ConfigureAwait(false);
        return added ? secret : null;
    }
}
