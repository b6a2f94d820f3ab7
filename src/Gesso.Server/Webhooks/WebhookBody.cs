using System.Text.Json;
using System.Text.Json.Serialization;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;

namespace Gesso.Server.Webhooks;

/// <summary>
/// What is told: that a job ended and how; whoever wants more asks for the job with a key. So a body that goes astray gives away little, and stays below 20 kB.
/// </summary>
/// <param name="Type">job.succeeded, job.failed or job.cancelled.</param>
/// <param name="Timestamp">When the job ended.</param>
/// <param name="Data">Which job.</param>
internal sealed record WebhookBody(string Type, DateTimeOffset Timestamp, WebhookJob Data)
{
    /// <summary>More ids than this are left out; the job's own answer has all of them.</summary>
    private const int MostPictures = 300;

    public static byte[] Of(WebhookDelivery delivery, Job job)
    {
        string state = delivery.State.ToString().ToLowerInvariant();
        string[] pictures = [.. job.Pictures.Take(MostPictures).Select(p => $"{job.Id}-{p.Index}")];
        WebhookBody body = new("job." + state, delivery.At, new WebhookJob(job.Id.Value, state, job.Batch?.Value, job.CustomId, pictures));
        return JsonSerializer.SerializeToUtf8Bytes(body, WebhookJson.Default.WebhookBody);
    }
}

internal sealed record WebhookJob(string Id, string State, string? Batch, string? CustomId, IReadOnlyList<string> Pictures);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WebhookBody))]
internal sealed partial class WebhookJson : JsonSerializerContext;
