using System.Text.Json.Serialization;
using Gesso.Contracts.Errors;
using Gesso.Server.Json;

namespace Gesso.Server.Errors;

/// <summary>The error object of every answer of this server, in OpenAI's shape: <c>{"error":{"message","type","param","code"}}</c>.</summary>
/// <param name="Message">For a person: what was expected, what came, what to do.</param>
/// <param name="Type">invalid_request_error, authentication_error, permission_error, not_found_error, rate_limit_error, server_error.</param>
/// <param name="Param">The field at fault.</param>
/// <param name="Code">Stable, for programs.</param>
public sealed record ApiError(string Message, string Type, string? Param, string? Code);

/// <param name="Error">The error.</param>
public sealed record ErrorEnvelope(ApiError Error);

/// <summary>An error with the HTTP status it travels under; thrown anywhere below an endpoint, written by <see cref="ErrorMiddleware"/>.</summary>
public sealed class ApiException : Exception
{
    public ApiException(int status, ApiError error, TimeSpan? retryAfter = null, Exception? inner = null)
        : base(error.Message, inner)
    {
        Status = status;
        Error = error;
        RetryAfter = retryAfter;
        MayRetry = status is 429 or 503 or 507;
    }

    public int Status { get; }

    public ApiError Error { get; }

    public TimeSpan? RetryAfter { get; }

    /// <summary>Whether the same request may succeed later; OpenAI's clients send it again by themselves if so.</summary>
    public bool MayRetry { get; init; }

    public static ApiException Invalid(string? param, string code, string message) => new(400, new ApiError(message, "invalid_request_error", param, code));

    /// <param name="kind">Job, Picture …</param>
    /// <param name="id">As it came.</param>
    public static ApiException NotFound(string kind, string id) =>
        new(404, new ApiError($"{kind} {Shown.Quote(id)} does not exist.", "not_found_error", null, "not_found"));

    /// <summary>How an error of the domain looks from outside.</summary>
    public static ApiException From(GessoException e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return e.Kind switch
        {
            ErrorKind.InvalidRequest => new ApiException(400, new ApiError(e.Message, "invalid_request_error", null, e.Code), inner: e),
            ErrorKind.Refused => new ApiException(400, new ApiError(e.Message, "invalid_request_error", null, e.Code), inner: e),
            ErrorKind.Busy => new ApiException(429, new ApiError(e.Message, "rate_limit_error", null, e.Code), TimeSpan.FromSeconds(5), e),
            ErrorKind.Unavailable => new ApiException(503, new ApiError(e.Message, "server_error", null, e.Code), TimeSpan.FromSeconds(5), e),
            _ => new ApiException(500, new ApiError(e.Message, "server_error", null, e.Code), inner: e),
        };
    }
}
