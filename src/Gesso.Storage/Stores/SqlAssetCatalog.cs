using Gesso.Contracts.Images;
using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Storage.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Stores;

/// <summary>Who may see which picture, in SQL.</summary>
internal sealed class SqlAssetCatalog(ISqlDatabase database) : IAssetCatalog
{
    private const string Unreferenced = """
        SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM pictures WHERE asset = $1)
          AND NOT EXISTS (SELECT 1 FROM uploads WHERE asset = $1)
          AND NOT EXISTS (SELECT 1 FROM jobs WHERE checkpoint_asset = $1)
          AND NOT EXISTS (SELECT 1 FROM jobs WHERE init_asset = $1 AND finished IS NULL)
          AND NOT EXISTS (SELECT 1 FROM jobs WHERE mask_asset = $1 AND finished IS NULL)
          AND NOT EXISTS (SELECT 1 FROM jobs WHERE control_asset = $1 AND finished IS NULL)
        """;

    public Task AddUploadAsync(UploadedPicture upload, CancellationToken cancellation = default) => database.ExecuteAsync(
        WriteKind.Durable,
        """
        INSERT INTO uploads (tenant, asset, media_type, width, height, bytes, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (tenant, asset) DO UPDATE SET expires = excluded.expires WHERE uploads.expires < excluded.expires
        """,
        [upload.Tenant.Value, upload.Asset.Sha256, upload.MediaType, upload.Size.Width, upload.Size.Height, upload.Bytes, upload.Created, upload.Expires],
        cancellation);

    public Task<UploadedPicture?> FindUploadAsync(TenantId tenant, AssetKey asset, CancellationToken cancellation = default) => database.ReadAsync(
        s => s.FirstAsync(
            "SELECT tenant, asset, media_type, width, height, bytes, created, expires FROM uploads WHERE tenant = $1 AND asset = $2",
            ReadUpload, tenant.Value, asset.Sha256),
        cancellation);

    public async Task<IReadOnlyList<GalleryPicture>> GalleryAsync(GalleryQuery query, CancellationToken cancellation = default)
    {
        var jobs = await database.ReadAsync(s => JobLists.GalleryAsync(s, query), cancellation);
        return [.. jobs.SelectMany(job => job.Pictures.Select(picture => new GalleryPicture(job, picture)))];
    }

    public async Task<GalleryPicture?> FindPictureAsync(TenantId tenant, JobId job, int index, CancellationToken cancellation = default)
    {
        var found = await database.ReadAsync(s => JobRow.FindAsync(s, tenant, job), cancellation);
        return found?.Pictures.FirstOrDefault(p => p.Index == index) is { } picture ? new GalleryPicture(found, picture) : null;
    }

    public Task<bool> RemovePictureAsync(TenantId tenant, JobId job, int index, CancellationToken cancellation = default) => database.WriteAsync(
        async s =>
        {
            int removed = await s.ExecuteAsync(
                "DELETE FROM pictures WHERE job = $2 AND place = $3 AND EXISTS (SELECT 1 FROM jobs WHERE id = $2 AND tenant = $1 AND finished IS NOT NULL)",
                tenant.Value, job.Value, index);
            if (removed == 0)
                return false;
            s.Announce();
            return true;
        },
        WriteKind.Freeing, cancellation);

    public Task<int> RemoveExpiredUploadsAsync(DateTimeOffset now, CancellationToken cancellation = default) =>
        database.ExecuteAsync(WriteKind.Freeing, "DELETE FROM uploads WHERE expires <= $1", [now], cancellation);

    public async Task<IReadOnlySet<AssetKey>> UnreferencedAsync(IReadOnlyCollection<AssetKey> assets, CancellationToken cancellation = default)
    {
        var unreferenced = await database.ReadAsync(
            s => s.QueryEachAsync(Unreferenced, r => new AssetKey(r.Text()), assets.Distinct().Select(a => new SqlValue[] { a.Sha256 })), cancellation);
        return unreferenced.ToHashSet();
    }

    private static UploadedPicture ReadUpload(SqlRow row) => new(
        new TenantId(row.Text()), new AssetKey(row.Text()), row.Text(), new ImageSize(row.Int(), row.Int()), row.Long(), row.Time(), row.Time());
}
