using Gesso.Platform;
using Gesso.Platform.Accounts;

namespace Gesso.Server.Auth.Accounts;

/// <summary>Makes keys and shows their secret once.</summary>
internal sealed class KeyMaker(IAccountStore accounts, ServerSecrets secrets, SortableId ids, TimeProvider time)
{
    /// <returns>The answer 201 with the secret in it.</returns>
    public async Task<IResult> MakeAsync(TenantId tenant, string name, Role role, KeyLimits limits, DateTimeOffset? expiry, CancellationToken cancellation)
    {
        var secret = KeySecret.New();
        ApiKey key = new()
        {
            Id = ids.NewKey(),
            Tenant = tenant,
            Name = name,
            Prefix = secret.Prefix,
            Role = role,
            Limits = limits,
            Created = time.GetUtcNow(),
            Expires = expiry,
        };
        await accounts.AddAsync(key, KeySecret.Hash(secret.Text, secrets.Pepper), cancellation).ConfigureAwait(false);
        return Results.Json(KeyView.Of(key, secret.Text), AccountJson.Default.KeyView, statusCode: StatusCodes.Status201Created);
    }
}
