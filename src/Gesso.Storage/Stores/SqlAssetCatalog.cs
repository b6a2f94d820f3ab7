using System.Data.Common;
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
    private static readonly string[] References =
    [
        "SELECT 1 FROM pictures WHERE asset = @asset LIMIT 1",
        "SELECT 1 FROM uploads WHERE asset = @asset LIMIT 1",
        "SELECT 1 FROM jobs WHERE checkpoint_asset = @asset LIMIT 1",
        "SELECT 1 FROM jobs WHERE init_asset = @asset AND finished IS NULL LIMIT 1",
        "SELECT 1 FROM jobs WHERE mask_asset = @asset AND finished IS NULL LIMIT 1",
    ];

    public Task AddUploadAsync(UploadedPicture upload, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute(
            """
            INSERT INTO uploads (tenant, asset, media_type, width, height, bytes, created, expires) VALUES (@tenant, @asset, @media, @width, @height, @bytes, @created, @expires)
            ON CONFLICT (tenant, asset) DO UPDATE SET expires = CASE WHEN excluded.expires > uploads.expires THEN excluded.expires ELSE uploads.expires END
            """,
            ("tenant", upload.Tenant.Value), ("asset", upload.Asset.Sha256), ("media", upload.MediaType), ("width", upload.Size.Width), ("height", upload.Size.Height),
            ("bytes", upload.Bytes), ("created", upload.Created.Db()), ("expires", upload.Expires.Db())),
        WriteKind.Durable, cancellation);

    public Task<UploadedPicture?> FindUploadAsync(TenantId tenant, AssetKey asset, CancellationToken cancellation = default) => database.ReadAsync(
        s => s.First(
            "SELECT tenant, asset, media_type, width, height, bytes, created, expires FROM uploads WHERE tenant = @tenant AND asset = @asset", ReadUpload,
            ("tenant", tenant.Value), ("asset", asset.Sha256)),
        cancellation);

    public Task<IReadOnlyList<GalleryPicture>> GalleryAsync(GalleryQuery query, CancellationToken cancellation = default) => database.ReadAsync<IReadOnlyList<GalleryPicture>>(
        s => [.. s.Query(
                $"""
                {JobRow.Select} WHERE tenant = @tenant AND EXISTS (SELECT 1 FROM pictures p WHERE p.job = jobs.id)
                  {(query.Key is null ? "" : "AND api_key = @key")} {(query.Before is null ? "" : $"AND id{database.Dialect.Ordinal} < @before")}
                ORDER BY id{database.Dialect.Ordinal} DESC LIMIT @limit
                """,
                JobRow.Read, [
                    ("tenant", query.Tenant.Value), ("limit", query.Limit),
                    .. query.Key is { } key ? new (string, object?)[] { ("key", key.Value) } : [],
                    .. query.Before is { } before ? new (string, object?)[] { ("before", before.Value) } : [],
                ])
            .Select(job => JobRow.WithPictures(s, job))
            .SelectMany(job => job.Pictures.Select(picture => new GalleryPicture(job, picture)))],
        cancellation);

    public Task<GalleryPicture?> FindPictureAsync(TenantId tenant, JobId job, int index, CancellationToken cancellation = default) => database.ReadAsync(
        s => JobRow.Find(s, tenant, job) is { } found && found.Pictures.FirstOrDefault(p => p.Index == index) is { } picture ? new GalleryPicture(found, picture) : null,
        cancellation);

    public Task<bool> RemovePictureAsync(TenantId tenant, JobId job, int index, CancellationToken cancellation = default) => database.WriteAsync(
        s => JobHead.Find(database, s, job) is { } head && head.Tenant == tenant && head.State.IsFinal()
            && s.Execute("DELETE FROM pictures WHERE job = @job AND place = @place", ("job", job.Value), ("place", index)) == 1,
        WriteKind.Durable, cancellation);

    public Task<int> RemoveExpiredUploadsAsync(DateTimeOffset now, CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("DELETE FROM uploads WHERE expires < @now", ("now", now.Db())), WriteKind.Durable, cancellation);

    public Task<IReadOnlySet<AssetKey>> UnreferencedAsync(IReadOnlyCollection<AssetKey> assets, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlySet<AssetKey>>(
            s => assets.Where(asset => References.All(sql => s.Query(sql, r => true, ("asset", asset.Sha256)).Count == 0)).ToHashSet(), cancellation);

    private static UploadedPicture ReadUpload(DbDataReader row) => new(
        new TenantId(row.GetString(0)), new AssetKey(row.GetString(1)), row.GetString(2), new ImageSize(row.Int(3), row.Int(4)), row.GetInt64(5), row.Time(6), row.Time(7));
}
