using System.Diagnostics.Metrics;

namespace Gesso.Server.Metrics;

/// <summary>
/// Counts and times requests by route, method and status; never by path, key or tenant. Event streams last as long as their reader likes, so they are counted
/// apart.
/// </summary>
internal sealed class RequestMeter
{
    private static readonly HashSet<string> Methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];

    private readonly RequestDelegate _next;
    private readonly TimeProvider _time;
    private readonly Histogram<double> _seconds;
    private readonly Counter<long> _streams;
    private readonly UpDownCounter<long> _active;

    public RequestMeter(RequestDelegate next, IMeterFactory meters, TimeProvider time)
    {
        _next = next;
        _time = time;
        var meter = meters.Create("Gesso.Server.Requests");
        _seconds = meter.CreateHistogram<double>("gesso_http_request_seconds", description: "Time of HTTP requests, event streams excepted.");
        _streams = meter.CreateCounter<long>("gesso_http_streams_total", description: "Event streams that ended.");
        _active = meter.CreateUpDownCounter<long>("gesso_http_requests_active", description: "HTTP requests in progress, event streams included.");
    }

    public async Task InvokeAsync(HttpContext context)
    {
        long start = _time.GetTimestamp();
        _active.Add(1);
        try
        {
            await _next(context).ConfigureAwait(false);
        }
        finally
        {
            _active.Add(-1);
            Record(context, _time.GetElapsedTime(start).TotalSeconds);
        }
    }

    private void Record(HttpContext context, double seconds)
    {
        string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "other";
        string method = Methods.Contains(context.Request.Method) ? context.Request.Method : "other";
        if (context.Response.ContentType?.StartsWith("text/event-stream", StringComparison.Ordinal) == true)
            _streams.Add(1, new KeyValuePair<string, object?>("route", route));
        else
            _seconds.Record(seconds, new("route", route), new("method", method), new("status", context.Response.StatusCode));
    }
}
