namespace Gesso.Platform.Assets;

/// <summary>Deletes files that nothing refers to: results of fenced attempts, pictures of forgotten jobs, used checkpoints.</summary>
/// <param name="store">The files.</param>
/// <param name="catalog">What refers to them.</param>
/// <param name="time">For their age.</param>
/// <param name="grace">Younger files stay: they are put before they are referred to.</param>
public sealed class AssetCollector(IAssetStore store, IAssetCatalog catalog, TimeProvider time, TimeSpan grace)
{
    private const int Chunk = 500;

    /// <summary>The number of files deleted, and their bytes.</summary>
    public async Task<(int Files, long Bytes)> RunAsync(CancellationToken cancellation = default)
    {
        int files = await store.SweepAsync(grace, cancellation).ConfigureAwait(false);
        long bytes = 0;
        List<StoredAsset> old = [];
        var latest = time.GetUtcNow() - grace;
        await foreach (var asset in store.ListAsync(cancellation).ConfigureAwait(false))
        {
            if (asset.Stored > latest)
                continue;
            old.Add(asset);
            if (old.Count == Chunk)
                await DeleteAsync().ConfigureAwait(false);
        }
        await DeleteAsync().ConfigureAwait(false);
        return (files, bytes);

        async Task DeleteAsync()
        {
            var unused = old.Count == 0 ? new HashSet<AssetKey>() : await catalog.UnreferencedAsync([.. old.Select(a => a.Key)], cancellation).ConfigureAwait(false);
            foreach (var asset in old.Where(a => unused.Contains(a.Key)))
            {
                if (await store.DeleteAsync(asset.Key, asset.Stored, cancellation).ConfigureAwait(false))
                {
                    files++;
                    bytes += asset.Bytes;
                }
            }
            old.Clear();
        }
    }
}
