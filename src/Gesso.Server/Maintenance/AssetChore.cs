using Gesso.Platform.Assets;
using Gesso.Server.Hosting;

namespace Gesso.Server.Maintenance;

/// <summary>Deletes files that nothing refers to; see <see cref="AssetCollector"/>.</summary>
internal sealed class AssetChore(IAssetStore assets, IAssetCatalog catalog, MaintenanceMeter meter, ServerOptions options, TimeProvider time) : IChore
{
    private readonly AssetCollector _collector = new(assets, catalog, time, options.Retention.Orphans);

    public string Name => "collect unused files";

    public TimeSpan Period { get; } = TimeSpan.FromHours(1);

    public async Task RunAsync(CancellationToken cancellation)
    {
        var (files, bytes) = await _collector.RunAsync(cancellation).ConfigureAwait(false);
        meter.FilesRemoved.Add(files);
        meter.FileBytesRemoved.Add(bytes);
    }
}
