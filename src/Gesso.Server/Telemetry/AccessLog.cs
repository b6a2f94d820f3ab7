using Gesso.Server.Auth;
using Gesso.Server.Hosting;

namespace Gesso.Server.Telemetry;

/// <summary>
/// One line a request: method, path, status, time, key id. No query strings (they carry signatures), no headers, no bodies. Refused and failed requests are
/// always told; the others at Debug unless the configuration asks for all of them, since writing lines costs more than answering.
/// </summary>
internal sealed partial class AccessLog(RequestDelegate next, ServerOptions options, ILoggerFactory loggers, TimeProvider time)
{
    public const string Category = "Gesso.Server.Access";

    private const int LongestPath = 200;

    private readonly ILogger _logger = loggers.CreateLogger(Category);
    private readonly LogLevel _usual = options.Telemetry.AccessLog ? LogLevel.Information : LogLevel.Debug;

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
        var level = Level(context.Response.StatusCode);
        if (!_logger.IsEnabled(level))
            return;
        string path = Path(context.Request);
        string key = context.Features.Get<Caller>()?.Key.Id.Value ?? "-";
        Log.Request(_logger, level, context.Request.Method, path, context.Response.StatusCode, elapsed.TotalMilliseconds, key);
    }

    private LogLevel Level(int status) => status switch
    {
        >= 500 => LogLevel.Warning,
        >= 400 => LogLevel.Information,
        _ => _usual,
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
