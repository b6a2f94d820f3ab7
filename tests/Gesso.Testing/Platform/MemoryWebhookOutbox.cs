using Gesso.Platform.Webhooks;

namespace Gesso.Testing.Platform;

/// <summary>Webhooks to be delivered, in memory.</summary>
internal sealed class MemoryWebhookOutbox(MemoryPlatform platform) : IWebhookOutbox
{
    public Task<IReadOnlyList<WebhookDelivery>> TakeDueAsync(DateTimeOffset now, DateTimeOffset lease, int limit, CancellationToken cancellation = default)
    {
        lock (platform.Lock)
        {
            var due = platform.Webhooks.Values.Where(w => w.Next <= MemoryPlatform.Stored(now))
                .OrderBy(w => w.Next).ThenBy(w => w.Id, StringComparer.Ordinal).Take(limit).ToList();
            foreach (var delivery in due)
                platform.Webhooks[delivery.Id] = delivery with { Next = MemoryPlatform.Stored(lease) };
            return Task.FromResult<IReadOnlyList<WebhookDelivery>>(due);
        }
    }

    public Task RescheduleAsync(string id, int tries, DateTimeOffset next, CancellationToken cancellation = default)
    {
        lock (platform.Lock)
        {
            if (platform.Webhooks.TryGetValue(id, out var delivery))
                platform.Webhooks[id] = delivery with { Tries = tries, Next = MemoryPlatform.Stored(next) };
        }
        return Task.CompletedTask;
    }

    public Task RemoveAsync(string id, CancellationToken cancellation = default)
    {
        lock (platform.Lock)
            _ = platform.Webhooks.Remove(id);
        return Task.CompletedTask;
    }
}
