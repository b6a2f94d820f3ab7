using Gesso.Platform;
using Gesso.Platform.Jobs;

namespace Gesso.Storage.Tests;

/// <summary>Drafts for tests that do not care what is in them.</summary>
internal static class TestDrafts
{
    public static JobDraft New(SortableId ids, string prompt = "a red apple", string tenant = "tenant_1") => new()
    {
        Id = ids.NewJob(),
        Tenant = new TenantId(tenant),
        Key = new ApiKeyId("key_1"),
        Work = new ImageJob { Model = "schnell", Prompt = prompt, Seed = 7 },
        Created = TimeProvider.System.GetUtcNow(),
        EstimatedSeconds = 1,
        QueueLimit = 1_000_000,
        TenantQueueLimit = 1_000_000,
    };
}
