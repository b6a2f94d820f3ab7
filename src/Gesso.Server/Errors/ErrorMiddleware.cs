using Gesso.Contracts.Errors;
using Gesso.Server.Json;

namespace Gesso.Server.Errors;

/// <summary>Turns whatever is thrown below into one envelope; what nobody foresaw is logged in full and told without detail.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, Describe(e)).ConfigureAwait(false);
        }
    }

    /// <summary>The envelope for an exception; server errors are logged here.</summary>
    private ApiException Describe(Exception e)
    {
        switch (e)
        {
            case ApiException known:
                return known;
            case GessoException domain:
                if (domain.Kind is ErrorKind.Bug or ErrorKind.Unavailable)
                    Log.Failed(logger, domain);
                return ApiException.From(domain);
            case BadHttpRequestException bad:
                return new ApiException(bad.StatusCode, new ApiError(bad.Message, "invalid_request_error", null, bad.StatusCode == 413 ? "body_too_large" : "bad_request"));
            default:
                Log.Failed(logger, e);
                return new ApiException(500, new ApiError("Gesso failed on this request; the server's log has the cause under this request id.", "server_error", null, "internal_error"));
        }
    }

    /// <summary>Writes an error answer with the headers OpenAI's clients act on.</summary>
    public static Task WriteAsync(HttpContext context, ApiException error)
    {
        var response = context.Response;
        response.StatusCode = error.Status;
        if (error.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
            response.Headers["retry-after-ms"] = ((long)wait.TotalMilliseconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        // 5xx and 429 may be tried again; everything else would fail the same way
        response.Headers["x-should-retry"] = error.Status is 429 or 503 or 507 ? "true" : "false";
        return response.WriteAsJsonAsync(new ErrorEnvelope(error.Error), ServerJson.Default.ErrorEnvelope);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Request failed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
