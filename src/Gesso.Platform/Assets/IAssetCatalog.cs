using Gesso.Contracts.Images;
using Gesso.Platform.Jobs;

namespace Gesso.Platform.Assets;

/// <summary>A picture a tenant sent, to be drawn on: kept until <see cref="Expires"/>.</summary>
public sealed record UploadedPicture(TenantId Tenant, AssetKey Asset, string MediaType, ImageSize Size, long Bytes, DateTimeOffset Created, DateTimeOffset Expires);

/// <summary>A drawn picture with the job it belongs to.</summary>
public sealed record GalleryPicture(Job Job, JobPicture Picture);

/// <param name="Tenant">Whose.</param>
/// <param name="Key">Only pictures of this API key; null: of the whole tenant.</param>
/// <param name="Before">Only pictures of jobs older than this one.</param>
/// <param name="Limit">Jobs looked at, 1 … 1000.</param>
public sealed record GalleryQuery(TenantId Tenant, ApiKeyId? Key, JobId? Before, int Limit);

/// <summary>Which tenant may see which file. Drawn pictures are entered by <see cref="IJobStore.AddPictureAsync"/>.</summary>
public interface IAssetCatalog
{
    /// <summary>Sending the same picture again moves its end.</summary>
    Task AddUploadAsync(UploadedPicture upload, CancellationToken cancellation = default);

    Task<UploadedPicture?> FindUploadAsync(TenantId tenant, AssetKey asset, CancellationToken cancellation = default);

    /// <summary>Newest job first, pictures of a job in order. Pictures of running jobs are included as they come.</summary>
    Task<IReadOnlyList<GalleryPicture>> GalleryAsync(GalleryQuery query, CancellationToken cancellation = default);

    /// <summary>Null: no such picture of this tenant.</summary>
    Task<GalleryPicture?> FindPictureAsync(TenantId tenant, JobId job, int index, CancellationToken cancellation = default);

    /// <summary>Deletes one picture from its finished job; the job stays. False: unknown.</summary>
    Task<bool> RemovePictureAsync(TenantId tenant, JobId job, int index, CancellationToken cancellation = default);

    Task<int> RemoveExpiredUploadsAsync(DateTimeOffset now, CancellationToken cancellation = default);

    /// <summary>Which of these files nothing refers to any more: no picture, no upload, no unfinished job's input or checkpoint.</summary>
    Task<IReadOnlySet<AssetKey>> UnreferencedAsync(IReadOnlyCollection<AssetKey> assets, CancellationToken cancellation = default);
}
