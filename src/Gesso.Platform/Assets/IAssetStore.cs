namespace Gesso.Platform.Assets;

/// <summary>A stored file.</summary>
/// <param name="Key">Its content's hash.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Stored">When it was put last.</param>
public readonly record struct StoredAsset(AssetKey Key, long Bytes, DateTimeOffset Stored);

/// <summary>
/// Files by content: a folder, or an S3-compatible endpoint. A file is either absent or whole and equal to its key; the same content is stored once.
/// Who may see it is the business of <see cref="IAssetCatalog"/>.
/// </summary>
public interface IAssetStore
{
    /// <summary>Durable when the task completes. Putting what is there renews its <see cref="StoredAsset.Stored"/>.</summary>
    /// <exception cref="Contracts.Errors.GessoException">Unavailable <c>storage_full</c> or <c>storage_unavailable</c>; nothing half is left.</exception>
    Task<AssetKey> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation = default);

    /// <returns>Null: not there.</returns>
    /// <exception cref="Contracts.Errors.GessoException">Unavailable <c>asset_damaged</c> when the content does not match its key.</exception>
    Task<byte[]?> ReadAsync(AssetKey key, CancellationToken cancellation = default);

    /// <param name="key">Which.</param>
    /// <param name="unlessPutAfter">A file that was put again after this moment stays: somebody is about to refer to it. Null: it goes.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>True: it was there, and is deleted.</returns>
    Task<bool> DeleteAsync(AssetKey key, DateTimeOffset? unlessPutAfter = null, CancellationToken cancellation = default);

    IAsyncEnumerable<StoredAsset> ListAsync(CancellationToken cancellation = default);

    /// <summary>Removes what interrupted writes left, if older than <paramref name="age"/>. The number of files.</summary>
    Task<int> SweepAsync(TimeSpan age, CancellationToken cancellation = default);
}
