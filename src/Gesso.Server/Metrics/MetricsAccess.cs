using System.Net;
using Gesso.Server.Health;

namespace Gesso.Server.Metrics;

/// <summary>Marks connections of the separate address for metrics.</summary>
internal sealed record MetricsConnection
{
    public static MetricsConnection Instance { get; } = new();
}

/// <summary>Who may read the metrics without a key: scrapers at the address made for them, and programs on this machine.</summary>
internal static class MetricsAccess
{
    private static readonly string[] ForwardingHeaders = ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"];

    public static bool IsFree(HttpContext context) =>
        context.Features.Get<MetricsConnection>() is not null
        || (IPAddress.IsLoopback(context.Connection.RemoteIpAddress ?? IPAddress.None) && !WasForwarded(context.Request));

    /// <summary>The address for metrics shows nothing else but health.</summary>
    public static WebApplication UseMetricsAddress(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            var path = context.Request.Path;
            if (context.Features.Get<MetricsConnection>() is null || path == MetricsSetup.Path || HealthSetup.IsProbe(path))
                return next(context);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        return app;
    }

    /// <summary>A proxy on this machine passes on requests from anywhere.</summary>
    private static bool WasForwarded(HttpRequest request) => ForwardingHeaders.Any(request.Headers.ContainsKey);
}
