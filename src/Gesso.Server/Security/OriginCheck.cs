using Gesso.Server.Errors;
using Gesso.Server.Hosting;
using Microsoft.Extensions.Primitives;

namespace Gesso.Server.Security;

/// <summary>
/// Pages of other sites may not call this server, not even with a key, unless their origin is allowed (then they get the CORS headers). Keys travel in a header
/// and nothing here sets cookies, so a page cannot act with a visitor's rights; this closes the rest: guessing, timing, simple requests that only do harm.
/// </summary>
internal sealed class OriginCheck(RequestDelegate next, ServerOptions options)
{
    private const string Exposed =
        "x-request-id, retry-after, retry-after-ms, x-should-retry, x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests, "
        + "x-ratelimit-limit-images, x-ratelimit-remaining-images, x-ratelimit-reset-images";

    private readonly HashSet<string> _allowed = new(options.Security.AllowedOrigins, StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (StringValues.IsNullOrEmpty(request.Headers.Origin))
            return next(context);
        string origin = request.Headers.Origin.ToString();
        if (IsOwn(origin, request))
            return next(context);
        context.Response.Headers.Vary = "Origin";
        if (!_allowed.Contains(origin))
        {
            throw new ApiException(403, new ApiError(
                "Pages of this origin may not call this server: open it from the server's own address, or name the origin in security:allowedOrigins.",
                "permission_error", null, "origin_not_allowed"));
        }
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlExposeHeaders = Exposed;
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return IsPreflight(request) ? AllowAsync(context) : next(context);
    }

    private static Task AllowAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = "GET, POST, PUT, DELETE, OPTIONS";
        headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders;
        headers.AccessControlMaxAge = "600";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static bool IsPreflight(HttpRequest request) =>
        HttpMethods.IsOptions(request.Method) && !StringValues.IsNullOrEmpty(request.Headers.AccessControlRequestMethod);

    /// <summary>The host must be the one called; the scheme may differ where a proxy in front speaks https and does not say so.</summary>
    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        && string.Equals(uri.Host.Trim('[', ']'), request.Host.Host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase)
        && uri.Port == (request.Host.Port ?? (uri.Scheme == "https" ? 443 : 80));
}
