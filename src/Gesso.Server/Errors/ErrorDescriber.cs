using Gesso.Contracts.Errors;
using Gesso.Server.Hosting;
using Gesso.Server.Json;

namespace Gesso.Server.Errors;

/// <summary>What a caller is told of an exception; what nobody foresaw is logged in full and told without detail.</summary>
internal sealed partial class ErrorDescriber(ServerOptions options, ILogger<ErrorDescriber> logger)
{
    /// <summary>Logs what is this server's fault.</summary>
    public ApiException Describe(Exception e)
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
                return bad.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? JsonBody.TooLarge(options.Limits.MaxBodyBytes)
                    : new ApiException(bad.StatusCode, new ApiError(bad.Message, "invalid_request_error", null, "bad_request"));
            default:
                Log.Failed(logger, e);
                const string Unforeseen = "Gesso failed on this request; the server's log has the cause under this request id.";
                return new ApiException(500, new ApiError(Unforeseen, "server_error", null, "internal_error"));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Request failed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
