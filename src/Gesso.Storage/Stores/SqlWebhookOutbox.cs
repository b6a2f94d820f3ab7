using System.Data.Common;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Stores;

/// <summary>Webhooks to be delivered, in SQL.</summary>
internal sealed class SqlWebhookOutbox(ISqlDatabase database) : IWebhookOutbox
{
    public Task<IReadOnlyList<WebhookDelivery>> TakeDueAsync(DateTimeOffset now, DateTimeOffset lease, int limit, CancellationToken cancellation = default) =>
        database.WriteAsync<IReadOnlyList<WebhookDelivery>>(
            s =>
            {
                if (database.Dialect.ClaimLock is { } claimLock)
                    _ = s.Execute(claimLock);
                var due = s.Query(
                    "SELECT id, job, tenant, state, url, secret, at, tries, next FROM webhooks WHERE next <= @now ORDER BY next, id LIMIT @limit", Read, ("now", now.Db()), ("limit", limit));
                foreach (var delivery in due)
                    _ = s.Execute("UPDATE webhooks SET next = @lease WHERE id = @id", ("lease", lease.Db()), ("id", delivery.Id));
                return due;
            },
            WriteKind.Relaxed, cancellation);

    public Task RescheduleAsync(string id, int tries, DateTimeOffset next, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute("UPDATE webhooks SET tries = @tries, next = @next WHERE id = @id", ("tries", tries), ("next", next.Db()), ("id", id)), WriteKind.Durable, cancellation);

    public Task RemoveAsync(string id, CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("DELETE FROM webhooks WHERE id = @id", ("id", id)), WriteKind.Durable, cancellation);

    private static WebhookDelivery Read(DbDataReader row) => new(
        row.GetString(0), new JobId(row.GetString(1)), new TenantId(row.GetString(2)), row.Enum<JobState>(3), new WebhookTarget(new Uri(row.GetString(4)), row.GetString(5)),
        row.Time(6), row.Int(7), row.Time(8));
}
