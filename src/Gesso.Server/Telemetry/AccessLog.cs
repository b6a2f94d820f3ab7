using Gesso.Server.Auth;

namespace Gesso.Server.Telemetry;

/// <summary>
/// One line a request: method, path, status, time, key id. No query strings (they carry signatures), no headers, no bodies. Its category <c>Gesso.Server.Access</c>
/// can be turned off on its own; requests for pages, health and metrics are told at Debug, since they come in crowds and say little.
/// </summary>
internal sealed partial class AccessLog(RequestDelegate next, ILoggerFactory loggers, TimeProvider time)
{
    public const string Category = "Gesso.Server.Access";

    private const int LongestPath = 200;

    private readonly ILogger _logger = loggers.CreateLogger(Category);

    public async Task InvokeAsync(HttpContext context)
    {
        if (!_logger.IsEnabled(LogLevel.Warning))
        {
            await next(context).ConfigureAwait(false);
            return;
        }
        long start = time.GetTimestamp();
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            Write(context, time.GetElapsedTime(start));
        }
    }

    private void Write(HttpContext context, TimeSpan elapsed)
    {
        var level = Level(context);
        if (!_logger.IsEnabled(level))
            return;
        string path = Path(context.Request);
        string key = context.Features.Get<Caller>()?.Key.Id.Value ?? "-";
        Log.Request(_logger, level, context.Request.Method, path, context.Response.StatusCode, elapsed.TotalMilliseconds, key);
    }

    private static LogLevel Level(HttpContext context) => context.Response.StatusCode switch
    {
        >= 500 => LogLevel.Warning,
        >= 400 => LogLevel.Information,
        _ => context.GetEndpoint()?.Metadata.GetMetadata<RoleRequirement>() is null ? LogLevel.Debug : LogLevel.Information,
    };

    /// <summary>Escaped, so that a path cannot pretend to be a line of its own.</summary>
    private static string Path(HttpRequest request)
    {
        string path = request.Path.ToUriComponent();
        return path.Length <= LongestPath ? path : path[..LongestPath] + "…";
    }

    private static partial class Log
    {
        [LoggerMessage(Message = "{Method} {Path} {Status} in {Milliseconds:0.0} ms, {Key}")]
        public static partial void Request(ILogger logger, LogLevel level, string method, string path, int status, double milliseconds, string key);
    }
}
