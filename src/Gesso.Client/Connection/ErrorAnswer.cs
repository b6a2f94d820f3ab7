using System.Net;
using System.Text.Json;

namespace Gesso.Client.Connection;

/// <param name="Message">A sentence for a person.</param>
/// <param name="Code">Stable.</param>
/// <param name="Param">The field at fault.</param>
internal sealed record ErrorBody(string? Message, string? Code, string? Param);

internal sealed record ErrorEnvelope(ErrorBody? Error);

/// <summary>Reads answers that are errors.</summary>
internal static class ErrorAnswer
{
    public static async Task<GessoServerException> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellation)
    {
        int status = (int)response.StatusCode;
        var error = await BodyAsync(response, cancellation).ConfigureAwait(false);
        return new GessoServerException(
            status,
            error?.Code ?? $"http_{status}",
            error?.Message ?? $"The server answered with status {status} and no explanation.",
            error?.Param,
            Header(response, "x-request-id"),
            RetryAfter(response, time));
    }

    /// <summary>The server's word on it where it says one; otherwise by status.</summary>
    public static bool MayBeRepeated(HttpResponseMessage response) => Header(response, "x-should-retry") switch
    {
        "true" => true,
        "false" => false,
        _ => response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout,
    };

    private static async Task<ErrorBody?> BodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
                return (await JsonSerializer.DeserializeAsync(stream, ClientJson.Default.ErrorEnvelope, cancellation).ConfigureAwait(false))?.Error;
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
        {
            return null; // a proxy's page, or half an answer: the status says enough
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time)
    {
        if (double.TryParse(Header(response, "retry-after-ms"), System.Globalization.CultureInfo.InvariantCulture, out double milliseconds))
            return TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, 86_400_000));
        return response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
            _ => null,
        };
    }

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
