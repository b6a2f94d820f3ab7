using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gesso.Server.Json;

namespace Gesso.Server.Errors;

/// <summary>Turns whatever is thrown below into one envelope.</summary>
internal sealed class ErrorMiddleware(RequestDelegate next, ErrorDescriber errors)
{
    /// <summary>Messages are read by people as they come, in a terminal: quotes are not \u0022. No browser takes an answer for a page (type, nosniff).</summary>
    private static readonly ServerJson s_readable = new(new JsonSerializerOptions(ServerJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context).ConfigureAwait(false);
            // routing leaves these without a word
            if (!context.Response.HasStarted && context.Response is { StatusCode: StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed, ContentType: null })
                await WriteAsync(context, Nothing(context)).ConfigureAwait(false);
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

    private static ApiException Nothing(HttpContext context) => context.Response.StatusCode == StatusCodes.Status404NotFound
        ? new ApiException(404, new ApiError("There is nothing at this path; /openapi/v1.json lists what there is.", "not_found_error", null, "unknown_path"))
        : new ApiException(405, new ApiError($"This path does not take {context.Request.Method}: it takes {context.Response.Headers.Allow}.", "invalid_request_error", null, "method_not_allowed"));

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
        return response.WriteAsJsonAsync(new ErrorEnvelope(error.Error), s_readable.ErrorEnvelope);
    }
}
