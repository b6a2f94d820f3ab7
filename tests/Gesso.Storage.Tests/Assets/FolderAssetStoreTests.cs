using Gesso.Contracts.Errors;
using Gesso.Platform.Assets;
using Gesso.Storage.Assets;
using Gesso.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Storage.Tests.Assets;

public sealed class FolderAssetStoreTests : AssetStoreContract, IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly FolderAssetStore _store;

    public FolderAssetStoreTests() => _store = new FolderAssetStore(_folder.At("pictures"), TimeProvider.System);

    protected override IAssetStore Store => _store;

    [Fact]
    public async Task Put_renews_the_time_of_what_is_there()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(-2));
        var store = new FolderAssetStore(_folder.At("pictures"), time);
        var key = await store.PutAsync(Content(1, 10));
        var first = Assert.Single(await ListAsync()).Stored;
        time.Advance(TimeSpan.FromDays(1));

        _ = await store.PutAsync(Content(1, 10));

        Assert.Equal(TimeSpan.FromDays(1), Assert.Single(await ListAsync()).Stored - first);
        Assert.False(await store.DeleteAsync(key, first));
        Assert.NotNull(await store.ReadAsync(key));
    }

    [Fact]
    public async Task Sweep_removes_old_remains_of_interrupted_writes_only()
    {
        var key = await _store.PutAsync(Content(1, 10));
        string old = _folder.At("pictures", "old.part"), young = _folder.At("pictures", "young.part");
        File.WriteAllText(old, "half");
        File.WriteAllText(young, "half");
        File.SetLastWriteTimeUtc(old, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2));

        Assert.Equal(1, await _store.SweepAsync(TimeSpan.FromHours(1)));

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
        Assert.NotNull(await _store.ReadAsync(key));
    }

    [Fact]
    public async Task Foreign_files_are_not_listed()
    {
        var key = await _store.PutAsync(Content(1, 10));
        File.WriteAllText(_folder.At("pictures", "README"), "not ours");
        File.WriteAllText(_folder.At("pictures", AssetKey.Of("misplaced"u8).Sha256), "misplaced");

        Assert.Equal(key, Assert.Single(await ListAsync()).Key);
    }

    [Fact]
    public async Task Files_are_for_their_owner_only()
    {
        var key = await _store.PutAsync(Content(1, 10));

        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows has other rights");
        else
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf(key)));
    }

    /// <summary>Collector against uploads of the same picture: whoever was told that it is stored finds it.</summary>
    [Fact]
    public async Task Put_and_delete_at_the_same_time_lose_nothing_that_was_put_later()
    {
        byte[] content = Content(7, 2000);
        for (int round = 0; round < 200; round++)
        {
            var key = await _store.PutAsync(content);
            File.SetLastWriteTimeUtc(PathOf(key), TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-1));
            var seen = Assert.Single(await ListAsync());

            await Task.WhenAll(_store.PutAsync(content), _store.DeleteAsync(key, seen.Stored), _store.PutAsync(content));

            Assert.Equal(content, await _store.ReadAsync(key));
        }
    }

    [Fact]
    public async Task Full_disk_refuses_and_leaves_nothing_half()
    {
        using var disk = SmallDisk.OrSkip(megabytes: 2);
        var store = new FolderAssetStore(Path.Combine(disk.Path, "pictures"), TimeProvider.System);
        var small = await store.PutAsync(Content(1, 1000));

        var error = await Assert.ThrowsAsync<GessoException>(() => store.PutAsync(Content(2, 4_000_000)));

        Assert.Equal((ErrorKind.Unavailable, "storage_full"), (error.Kind, error.Code));
        Assert.Single(Directory.GetFiles(disk.Path, "*", SearchOption.AllDirectories));
        Assert.NotNull(await store.ReadAsync(small));
        Assert.True(await store.DeleteAsync(small));
        Assert.Equal(AssetKey.Of(Content(3, 1_000_000)), await store.PutAsync(Content(3, 1_000_000)));
    }

    [Fact]
    public async Task Folder_that_cannot_be_written_is_told()
    {
        string file = _folder.Add("a file", "x"u8);

        var error = Assert.Throws<GessoException>(() => new FolderAssetStore(Path.Combine(file, "below"), TimeProvider.System));
        Assert.Equal((ErrorKind.Unavailable, "storage_unavailable"), (error.Kind, error.Code));

        Directory.Delete(_folder.At("pictures"));
        _folder.Add("pictures", "x"u8);
        error = await Assert.ThrowsAsync<GessoException>(() => _store.PutAsync(Content(1, 1)));
        Assert.Equal("storage_unavailable", error.Code);
    }

    public void Dispose() => _folder.Dispose();

    protected override void Damage(AssetKey key)
    {
        using var file = File.OpenWrite(PathOf(key));
        file.WriteByte(0xEE);
        file.WriteByte(0xEE);
    }

    private string PathOf(AssetKey key) => _folder.At("pictures", key.Sha256[..2], key.Sha256[2..4], key.Sha256);
}
