using Gesso.Platform.Jobs;

namespace Gesso.Platform.Webhooks;

/// <summary>A message to be delivered: stored in the transaction that ended the job, deleted when delivered or given up.</summary>
/// <param name="Id">The <c>webhook-id</c> of every try: <c>msg_</c> and the job's id.</param>
/// <param name="Job">Which job ended.</param>
/// <param name="Tenant">Whose.</param>
/// <param name="State">How it ended.</param>
/// <param name="Target">Where to.</param>
/// <param name="At">When it ended.</param>
/// <param name="Tries">Tries so far.</param>
/// <param name="Next">Not before.</param>
public sealed record WebhookDelivery(string Id, JobId Job, TenantId Tenant, JobState State, WebhookTarget Target, DateTimeOffset At, int Tries, DateTimeOffset Next)
{
    public static string IdOf(JobId job) => "msg_" + job.Value;
}

public interface IWebhookOutbox
{
    /// <summary>Due deliveries, put off to <paramref name="lease"/> so that no other server takes them meanwhile.</summary>
    Task<IReadOnlyList<WebhookDelivery>> TakeDueAsync(DateTimeOffset now, DateTimeOffset lease, int limit, CancellationToken cancellation = default);

    Task RescheduleAsync(string id, int tries, DateTimeOffset next, CancellationToken cancellation = default);

    Task RemoveAsync(string id, CancellationToken cancellation = default);
}
