using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Stores;

/// <summary>Webhooks to be delivered, in SQL.</summary>
internal sealed class SqlWebhookOutbox(ISqlDatabase database) : IWebhookOutbox
{
    public async Task<IReadOnlyList<WebhookDelivery>> TakeDueAsync(DateTimeOffset now, DateTimeOffset lease, int limit, CancellationToken cancellation = default) =>
        await database.WriteAsync(
            async s =>
            {
                var due = await s.QueryAsync(
                    $"SELECT id, job, tenant, state, url, secret, at, tries, next FROM webhooks WHERE next <= $1 ORDER BY next, id LIMIT $2{s.ForUpdateFree}",
                    Read, now, limit);
                foreach (var delivery in due)
                    await s.PostAsync("UPDATE webhooks SET next = $2 WHERE id = $1", delivery.Id, lease);
                return due;
            },
            WriteKind.Relaxed, cancellation);

    public Task RescheduleAsync(string id, int tries, DateTimeOffset next, CancellationToken cancellation = default) =>
        database.ExecuteAsync(WriteKind.Durable, "UPDATE webhooks SET tries = $2, next = $3 WHERE id = $1", [id, tries, next], cancellation);

    public Task RemoveAsync(string id, CancellationToken cancellation = default) =>
        database.ExecuteAsync(WriteKind.Durable, "DELETE FROM webhooks WHERE id = $1", [id], cancellation);

    private static WebhookDelivery Read(SqlRow row) => new(
        row.Text(), new JobId(row.Text()), new TenantId(row.Text()), row.Name<JobState>(), new WebhookTarget(new Uri(row.Text()), row.Text()),
        row.Time(), row.Int(), row.Time());
}
