using System.Globalization;
using Gesso.Server.Json;

namespace Gesso.Server.Errors;

/// <summary>Turns whatever is thrown below into one envelope.</summary>
internal sealed class ErrorMiddleware(RequestDelegate next, ErrorDescriber errors)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted)
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, errors.Describe(e)).ConfigureAwait(false);
        }
    }

    /// <summary>Writes an error answer with the headers OpenAI's clients act on.</summary>
    public static Task WriteAsync(HttpContext context, ApiException error)
    {
        var response = context.Response;
        response.StatusCode = error.Status;
        if (error.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            response.Headers["retry-after-ms"] = ((long)wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        }
        response.Headers["x-should-retry"] = error.MayRetry ? "true" : "false";
        return response.WriteAsJsonAsync(new ErrorEnvelope(error.Error), ServerJson.Default.ErrorEnvelope);
    }
}
