using Gesso.Platform.Accounts;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;
using Gesso.Platform.Workers;

namespace Gesso.Platform;

/// <summary>Everything a server or worker keeps, behind the platform's ports.</summary>
public sealed record PlatformStores
{
    public required IJobStore Jobs { get; init; }

    public required IProgressBus Progress { get; init; }

    public required IChangeSignal Signal { get; init; }

    public required IAssetCatalog Catalog { get; init; }

    public required IAssetStore Assets { get; init; }

    public required IAccountStore Accounts { get; init; }

    public required IWorkerRegistry Workers { get; init; }

    public required IWebhookOutbox Webhooks { get; init; }

    /// <summary>Fails with the reason when jobs cannot be stored now.</summary>
    public required Func<CancellationToken, Task> CheckAsync { get; init; }
}
