using Gesso.Contracts.Errors;

namespace Gesso.Client;

/// <summary>An error that a Gesso server answered with; message and code are the server's own.</summary>
public sealed class GessoServerException : GessoException
{
    public GessoServerException(int status, string code, string message, string? param = null, string? requestId = null, TimeSpan? retryAfter = null)
        : base(KindOf(status), code, message)
    {
        Status = status;
        Param = param;
        RequestId = requestId;
        RetryAfter = retryAfter;
    }

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The field at fault.</summary>
    public string? Param { get; }

    /// <summary>Under which the server's log knows the request.</summary>
    public string? RequestId { get; }

    /// <summary>How long the server asks to wait.</summary>
    public TimeSpan? RetryAfter { get; }

    private static ErrorKind KindOf(int status) => status switch
    {
        401 or 403 => ErrorKind.Refused,
        429 => ErrorKind.Busy,
        502 or 503 or 504 or 507 => ErrorKind.Unavailable,
        >= 500 => ErrorKind.Bug,
        _ => ErrorKind.InvalidRequest,
    };
}
