using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Gesso.Contracts.Errors;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;
using Gesso.Server.Fetching;

namespace Gesso.Server.Webhooks;

internal enum WebhookAnswer
{
    /// <summary>2xx.</summary>
    Taken,

    /// <summary>410: the receiver wants no more.</summary>
    Gone,

    /// <summary>Anything else, or nothing at all.</summary>
    Failed,
}

/// <param name="Answer">What became of the try.</param>
/// <param name="RetryAfter">What the receiver asked for.</param>
/// <param name="Detail">For the log: a status or the kind of failure, never a body.</param>
internal readonly record struct WebhookTry(WebhookAnswer Answer, TimeSpan? RetryAfter, string Detail);

/// <summary>One signed POST as Standard Webhooks 1.0 wants it (https://www.standardwebhooks.com), under the connection rules of <see cref="GuardedHttp"/>.</summary>
internal sealed class WebhookSender(GuardedHttp http, TimeProvider time)
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    public async Task<WebhookTry> SendAsync(WebhookDelivery delivery, Job job, CancellationToken cancellation)
    {
        using CancellationTokenSource timeout = new(Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            using var request = Request(delivery, job);
            using var response = await http.SendAsync(request, both.Token).ConfigureAwait(false);
            return new WebhookTry(Read(response.StatusCode), RetryAfter(response.Headers.RetryAfter), ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new WebhookTry(WebhookAnswer.Failed, null, "timeout");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new WebhookTry(WebhookAnswer.Failed, null, "not_reached");
        }
        catch (GessoException e)
        {
            return new WebhookTry(WebhookAnswer.Failed, null, e.Code);
        }
    }

    private HttpRequestMessage Request(WebhookDelivery delivery, Job job)
    {
        byte[] body = WebhookBody.Of(delivery, job);
        long timestamp = time.GetUtcNow().ToUnixTimeSeconds();
        HttpRequestMessage request = new(HttpMethod.Post, delivery.Target.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", delivery.Id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", WebhookSignature.Sign(delivery.Target.Secret, delivery.Id, timestamp, body));
        return request;
    }

    private static WebhookAnswer Read(HttpStatusCode status) => status switch
    {
        >= HttpStatusCode.OK and < HttpStatusCode.Ambiguous => WebhookAnswer.Taken,
        HttpStatusCode.Gone => WebhookAnswer.Gone,
        _ => WebhookAnswer.Failed,
    };

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var wait = header?.Delta ?? (header?.Date - time.GetUtcNow());
        return wait > TimeSpan.Zero ? wait : null;
    }
}
