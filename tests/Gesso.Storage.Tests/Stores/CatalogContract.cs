using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;

namespace Gesso.Storage.Tests.Stores;

public abstract class CatalogContract(StoreKind kind) : StoreContract(kind)
{
    private IAssetCatalog Catalog => Stores.Catalog;

    [Fact]
    public async Task Gallery_has_pictures_as_they_come_newest_job_first()
    {
        var first = await StartAsync(Draft(count: 2));
        Assert.True(await Jobs.AddPictureAsync(first.CurrentAttempt, Picture(1), Now));
        Assert.True(await Jobs.AddPictureAsync(first.CurrentAttempt, Picture(0), Now));
        _ = await SubmitAsync(Draft(model: "dev"));
        var second = await StartAsync(Draft() with { Key = new ApiKeyId("key_2") });
        Assert.True(await Jobs.CompleteAsync(second.CurrentAttempt, Picture(0), 1, Now));

        Assert.Equal([(second.Id, 0), (first.Id, 0), (first.Id, 1)], Places(await Catalog.GalleryAsync(new GalleryQuery(Tenant, null, null, 10))));
        Assert.Equal([(second.Id, 0)], Places(await Catalog.GalleryAsync(new GalleryQuery(Tenant, null, null, 1))));
        Assert.Equal([(first.Id, 0), (first.Id, 1)], Places(await Catalog.GalleryAsync(new GalleryQuery(Tenant, null, second.Id, 10))));
        Assert.Equal([(second.Id, 0)], Places(await Catalog.GalleryAsync(new GalleryQuery(Tenant, new ApiKeyId("key_2"), null, 10))));
        Assert.Empty(await Catalog.GalleryAsync(new GalleryQuery(new TenantId("another"), null, null, 10)));
    }

    [Fact]
    public async Task Picture_is_found_by_its_tenant_only()
    {
        var job = await StartAsync();
        Assert.True(await Jobs.CompleteAsync(job.CurrentAttempt, Picture(0), 1, Now));

        Assert.Equal(Picture(0), (await Catalog.FindPictureAsync(Tenant, job.Id, 0))!.Picture);
        Assert.Null(await Catalog.FindPictureAsync(Tenant, job.Id, 1));
        Assert.Null(await Catalog.FindPictureAsync(new TenantId("another"), job.Id, 0));
    }

    [Fact]
    public async Task Picture_of_a_finished_job_can_be_removed_and_the_job_stays()
    {
        var job = await StartAsync(Draft(count: 2));
        Assert.True(await Jobs.AddPictureAsync(job.CurrentAttempt, Picture(0), Now));
        Assert.False(await Catalog.RemovePictureAsync(Tenant, job.Id, 0));
        Assert.True(await Jobs.CompleteAsync(job.CurrentAttempt, Picture(1), 1, Now));

        Assert.False(await Catalog.RemovePictureAsync(new TenantId("another"), job.Id, 0));
        Assert.True(await Catalog.RemovePictureAsync(Tenant, job.Id, 0));
        Assert.False(await Catalog.RemovePictureAsync(Tenant, job.Id, 0));

        Assert.Equal([Picture(1)], (await FindAsync(job.Id)).Pictures);
        Assert.Equal([Picture(0).Asset], await Catalog.UnreferencedAsync([Picture(0).Asset, Picture(1).Asset]));
    }

    [Fact]
    public async Task Upload_sent_again_lives_longer_and_never_shorter()
    {
        var upload = Upload(Now.AddHours(1));
        await Catalog.AddUploadAsync(upload);
        await Catalog.AddUploadAsync(upload with { Created = Now.AddMinutes(1), Expires = Now.AddHours(3) });
        await Catalog.AddUploadAsync(upload with { Expires = Now.AddHours(2) });

        Assert.Equal(upload with { Expires = Now.AddHours(3) }, await Catalog.FindUploadAsync(Tenant, upload.Asset));
        Assert.Null(await Catalog.FindUploadAsync(new TenantId("another"), upload.Asset));

        Assert.Equal(0, await Catalog.RemoveExpiredUploadsAsync(Now.AddHours(3).AddMilliseconds(-1)));
        Assert.Equal(1, await Catalog.RemoveExpiredUploadsAsync(Now.AddHours(3)));
        Assert.Null(await Catalog.FindUploadAsync(Tenant, upload.Asset));
    }

    [Fact]
    public async Task Files_are_referred_to_by_pictures_uploads_inputs_and_checkpoints_of_unfinished_jobs()
    {
        var (init, mask, control, latents, picture, upload) = (Asset(1), Asset(2), Asset(7), Asset(3), Asset(4), Asset(5));
        AssetKey[] all = [init, mask, control, latents, picture, upload, Asset(6)];
        var draft = Draft(count: 2);
        var job = await StartAsync(draft with { Work = draft.Work with { InitImage = init, Mask = mask, ControlImage = control } });
        Assert.True(await Jobs.AddPictureAsync(job.CurrentAttempt, Picture(0) with { Asset = picture }, Now));
        Assert.True(await Jobs.CheckpointAsync(job.CurrentAttempt, new JobCheckpoint(1, 3, latents)));
        await Catalog.AddUploadAsync(Upload(Now.AddHours(1)) with { Asset = upload });

        Assert.Equal([Asset(6)], await Catalog.UnreferencedAsync(all));

        _ = await Jobs.CancelAsync(null, job.Id, Now);
        Assert.Equal(new[] { init, mask, control, latents, Asset(6) }.ToHashSet(), await Catalog.UnreferencedAsync(all));
        Assert.Empty(await Catalog.UnreferencedAsync([]));
    }

    private static UploadedPicture Upload(DateTimeOffset expires) => new(Tenant, Asset(9), "image/png", new(64, 32), 5_000_000_000, Now, expires);

    private static AssetKey Asset(byte name) => AssetKey.Of([name, 0]);

    private static IEnumerable<(JobId, int)> Places(IEnumerable<GalleryPicture> pictures) => pictures.Select(p => (p.Job.Id, p.Picture.Index));
}

public sealed class MemoryCatalogTests() : CatalogContract(StoreKind.Memory);

public sealed class SqliteCatalogTests() : CatalogContract(StoreKind.Sqlite);

public sealed class PostgresCatalogTests() : CatalogContract(StoreKind.Postgres);
