using System.Diagnostics;
using Gesso.Platform.Accounts;
using Gesso.Server.Errors;
using Gesso.Server.Security;

namespace Gesso.Server.Auth;

/// <summary>
/// Lets a request through to an endpoint that asks for a role when its key has it. Endpoints that ask for none (the pages, health) are open. Works before the
/// body is read, so that strangers cannot make the server swallow uploads.
/// </summary>
internal sealed class AuthMiddleware(RequestDelegate next, KeyDirectory keys, KeyUse use, PictureUrls urls, TimeProvider time)
{
    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<RoleRequirement>() is { } requirement && requirement.Free?.Invoke(context) != true
            ? AdmitAsync(context, requirement)
            : next(context);

    private async Task AdmitAsync(HttpContext context, RoleRequirement requirement)
    {
        string? secret = Credential.Read(context.Request);
        if (secret is null && requirement.SignedUrl && urls.IsSigned(context.Request))
        {
            context.Features.Set(new SignedAccess(urls.Verify(context.Request)));
        }
        else
        {
            var key = await FindAsync(context, secret).ConfigureAwait(false);
            if (!key.May(requirement.Role))
                throw AuthErrors.Forbidden(key.Role, requirement.Role);
            use.Note(key.Id);
            context.Features.Set(new Caller(key));
            Activity.Current?.SetTag("gesso.key", key.Id.Value);
        }
        await next(context).ConfigureAwait(false);
    }

    private async ValueTask<ApiKey> FindAsync(HttpContext context, string? secret)
    {
        if (string.IsNullOrEmpty(secret))
            throw AuthErrors.Missing(context);
        var key = await keys.FindAsync(secret, context.RequestAborted).ConfigureAwait(false) ?? throw AuthErrors.Unknown(context.Response);
        if (key.Revoked is not null)
            throw AuthErrors.Ended(context.Response, key, "revoked");
        return key.IsValid(time.GetUtcNow()) ? key : throw AuthErrors.Ended(context.Response, key, "expired");
    }
}

/// <summary>The answers of authentication, worded for the person at the other end.</summary>
internal static class AuthErrors
{
    public static ApiException Missing(HttpContext context) => Unauthorized(
        context.Response, "invalid_api_key",
        $"This needs an API key and {(context.Request.Headers.Authorization.Count == 0 ? "none came" : "the Authorization header that came is of another form")}: "
        + "send the header \"Authorization: Bearer gsk_…\". The server shows a first key when it starts for the first time.");

    public static ApiException Unknown(HttpResponse response) => Unauthorized(
        response, "invalid_api_key", "The API key is not one of this server: check that it is complete (gsk_ and 43 characters) and meant for this address.");

    public static ApiException Ended(HttpResponse response, ApiKey key, string how) => Unauthorized(
        response, $"{how}_api_key",
        $"The API key {key.Prefix}… (\"{key.Name}\") has {(how == "expired" ? "expired" : "been revoked")}: ask the administrator for another.");

    public static ApiException Forbidden(Role has, Role needs) => new(403, new ApiError(
        $"This needs a key with the role {Name(needs)}, and the key sent has the role {Name(has)}.", "permission_error", null, "insufficient_role"));

    private static ApiException Unauthorized(HttpResponse response, string code, string message)
    {
        // Bearer, never Basic: a browser that is asked for a password stores it, and then sends it along for pages of other sites
        response.Headers.WWWAuthenticate = "Bearer";
        return new ApiException(401, new ApiError(message, "authentication_error", null, code));
    }

    private static string Name(Role role) => role.ToString().ToLowerInvariant();
}
