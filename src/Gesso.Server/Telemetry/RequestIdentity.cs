using System.Buffers;
using Gesso.Platform;
using Gesso.Server.Security;

namespace Gesso.Server.Telemetry;

/// <summary>
/// Gives every request its id: in the header <c>x-request-id</c> of the answer, in every log line, in the trace. An id that a trusted proxy sends is kept; one
/// that anybody else sends is not, because it would let strangers write into the log.
/// </summary>
internal sealed class RequestIdentity(RequestDelegate next, TrustedProxies proxies, SortableId ids, ILogger<RequestIdentity> logger)
{
    public const string Header = "x-request-id";

    private const int Longest = 128;
    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    public async Task InvokeAsync(HttpContext context)
    {
        string id = Given(context) ?? "req_" + ids.Next();
        context.TraceIdentifier = id;
        context.Response.Headers[Header] = id;
        using (logger.BeginScope(new RequestScope(id)))
            await next(context).ConfigureAwait(false);
    }

    private string? Given(HttpContext context)
    {
        if (!proxies.Include(context.Connection.RemoteIpAddress))
            return null;
        string given = context.Request.Headers[Header].ToString();
        return given.Length is > 0 and <= Longest && !given.AsSpan().ContainsAnyExcept(Allowed) ? given : null;
    }
}
