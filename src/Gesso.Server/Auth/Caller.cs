using Gesso.Platform;
using Gesso.Platform.Accounts;
using Microsoft.AspNetCore.Http;

namespace Gesso.Server.Auth;

/// <summary>Whose request this is.</summary>
/// <param name="Key">The API key it came with.</param>
public sealed record Caller(ApiKey Key)
{
    public TenantId Tenant => Key.Tenant;

    public bool IsAdmin => Key.May(Role.Admin);
}

/// <summary>The tenant that a signed URL was made for; such a request has no <see cref="Caller"/>.</summary>
internal sealed record SignedAccess(TenantId Tenant);

public static class CallerFeature
{
    /// <summary>The caller that authentication found; there is one behind every endpoint that asks for a role.</summary>
    public static Caller Caller(this HttpContext context) => context.Features.Get<Caller>()
        ?? throw new InvalidOperationException("The endpoint asks for no role, so no caller is known.");

    /// <summary>The tenant whose things the request may see, by its key or by its signed URL.</summary>
    public static TenantId Tenant(this HttpContext context) =>
        context.Features.Get<Caller>()?.Tenant ?? context.Features.Get<SignedAccess>()?.Tenant ?? context.Caller().Tenant;
}
