namespace Gesso.Server.Security;

/// <summary>
/// What browsers are told about every answer, before the endpoint runs, so that an endpoint can widen one on purpose (a signed picture may be shown anywhere).
/// No Strict-Transport-Security: it would bind every other port of the host as well; a proxy in front may add it.
/// </summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    /// <summary>The pages bring their own scripts and styles as files; pictures may be blobs; nothing comes from elsewhere, nothing is inline.</summary>
    public const string ContentPolicy =
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        if (IsApi(context.Request.Path))
            headers.CacheControl = "no-store";
        return next(context);
    }

    private static bool IsApi(PathString path) => path.StartsWithSegments("/v1") || path.StartsWithSegments("/api") || path.StartsWithSegments("/sdapi");
}
