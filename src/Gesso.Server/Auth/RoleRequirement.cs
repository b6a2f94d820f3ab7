using Gesso.Platform.Accounts;

namespace Gesso.Server.Auth;

/// <summary>What an endpoint asks of its callers.</summary>
/// <param name="Role">The least its key must be allowed to do.</param>
/// <param name="SignedUrl">Whether a URL made by <see cref="Security.PictureUrls"/> does instead of a key.</param>
/// <param name="Free">Requests that need no key at all; null: none.</param>
public sealed record RoleRequirement(Role Role, bool SignedUrl = false, Func<HttpContext, bool>? Free = null);

public static class RoleRequirements
{
    /// <summary>Only keys of this role, or one that includes it, get through; others get 401 or 403 before the body is read.</summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder endpoints, Role role)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.Require(new RoleRequirement(role));

    /// <summary>As <see cref="RequireRole"/>, or whoever holds a signed URL of this path; see <see cref="CallerFeature.Tenant"/>.</summary>
    public static TBuilder RequireRoleOrSignedUrl<TBuilder>(this TBuilder endpoints, Role role)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.Require(new RoleRequirement(role, SignedUrl: true));

    /// <summary>As <see cref="RequireRole"/>, except for requests that <paramref name="free"/> lets through.</summary>
    public static TBuilder RequireRoleUnless<TBuilder>(this TBuilder endpoints, Role role, Func<HttpContext, bool> free)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.Require(new RoleRequirement(role, Free: free));

    private static TBuilder Require<TBuilder>(this TBuilder endpoints, RoleRequirement requirement)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(endpoint => endpoint.Metadata.Add(requirement));
        return endpoints;
    }
}
