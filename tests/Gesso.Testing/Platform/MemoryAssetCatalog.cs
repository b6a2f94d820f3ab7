using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;

namespace Gesso.Testing.Platform;

/// <summary>Who may see which picture, in memory.</summary>
internal sealed class MemoryAssetCatalog(MemoryPlatform platform) : IAssetCatalog
{
    private readonly Dictionary<(TenantId, AssetKey), UploadedPicture> _uploads = [];

    public Task AddUploadAsync(UploadedPicture upload, CancellationToken cancellation = default)
    {
        lock (platform.Lock)
        {
            var key = (upload.Tenant, upload.Asset);
            var stored = upload with { Created = MemoryPlatform.Stored(upload.Created), Expires = MemoryPlatform.Stored(upload.Expires) };
            _uploads[key] = !_uploads.TryGetValue(key, out var known) ? stored : known.Expires < stored.Expires ? known with { Expires = stored.Expires } : known;
        }
        return Task.CompletedTask;
    }

    public Task<UploadedPicture?> FindUploadAsync(TenantId tenant, AssetKey asset, CancellationToken cancellation = default) =>
        Locked(() => _uploads.GetValueOrDefault((tenant, asset)));

    public Task<IReadOnlyList<GalleryPicture>> GalleryAsync(GalleryQuery query, CancellationToken cancellation = default) => Locked<IReadOnlyList<GalleryPicture>>(() =>
    [
        .. platform.JobsOf(query.Tenant).Select(j => j.Job)
            .Where(j => j.Pictures.Count > 0 && (query.Key is null || j.Key == query.Key) && (query.Before is not { } before || j.Id.CompareTo(before) < 0))
            .OrderByDescending(j => j.Id.Value, StringComparer.Ordinal)
            .Take(query.Limit)
            .SelectMany(j => j.Pictures.Select(p => new GalleryPicture(j, p))),
    ]);

    public Task<GalleryPicture?> FindPictureAsync(TenantId tenant, JobId job, int index, CancellationToken cancellation = default) => Locked(() =>
        platform.JobsOf(tenant).FirstOrDefault(j => j.Job.Id == job)?.Job is { } found && found.Pictures.FirstOrDefault(p => p.Index == index) is { } picture
            ? new GalleryPicture(found, picture)
            : null);

    public Task<bool> RemovePictureAsync(TenantId tenant, JobId job, int index, CancellationToken cancellation = default) => Locked(() =>
    {
        if (platform.JobsOf(tenant).FirstOrDefault(j => j.Job.Id == job && j.Job.State.IsFinal()) is not { } found || found.Job.Pictures.All(p => p.Index != index))
            return false;
        found.Job = found.Job with { Pictures = [.. found.Job.Pictures.Where(p => p.Index != index)] };
        platform.Signal.Change();
        return true;
    });

    public Task<int> RemoveExpiredUploadsAsync(DateTimeOffset now, CancellationToken cancellation = default) => Locked(() =>
    {
        var expired = _uploads.Where(u => u.Value.Expires <= MemoryPlatform.Stored(now)).Select(u => u.Key).ToList();
        expired.ForEach(u => _uploads.Remove(u));
        return expired.Count;
    });

    public Task<IReadOnlySet<AssetKey>> UnreferencedAsync(
        IReadOnlyCollection<AssetKey> assets, CancellationToken cancellation = default) => Locked<IReadOnlySet<AssetKey>>(() =>
    {
        var jobs = platform.Jobs.Values.Select(j => j.Job).ToList();
        var unfinished = jobs.Where(j => !j.State.IsFinal()).ToList();
        var used = jobs.SelectMany(j => j.Pictures.Select(p => p.Asset))
            .Concat(unfinished.SelectMany(j => new[] { j.Work.InitImage, j.Work.Mask, j.Work.ControlImage, j.Checkpoint?.Latents }).OfType<AssetKey>())
            .Concat(_uploads.Values.Select(u => u.Asset));
        return assets.Except(used).ToHashSet();
    });

    private Task<T> Locked<T>(Func<T> work)
    {
        lock (platform.Lock)
            return Task.FromResult(work());
    }
}
