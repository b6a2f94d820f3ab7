using System.Diagnostics;

namespace Gesso.Server.Telemetry;

/// <summary>
/// Describes the span that ASP.NET Core opens for a request in the words of OpenTelemetry's conventions. The path without its query: that carries signatures.
/// Part of the pipeline only where spans are sent somewhere.
/// </summary>
internal sealed class RequestSpan(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var span = Activity.Current;
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            if (span is { IsAllDataRequested: true })
                Describe(span, context);
        }
    }

    private static void Describe(Activity span, HttpContext context)
    {
        string? route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        span.DisplayName = route is null ? context.Request.Method : $"{context.Request.Method} {route}";
        span.SetTag("http.request.method", context.Request.Method);
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", context.Response.StatusCode);
        span.SetTag("url.path", context.Request.Path.Value);
        span.SetTag("gesso.request.id", context.TraceIdentifier);
        if (context.Response.StatusCode >= 500)
            span.SetStatus(ActivityStatusCode.Error);
    }
}
