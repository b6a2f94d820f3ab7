using Gesso.Platform.Assets;

namespace Gesso.Storage.Tests.Assets;

/// <summary>What every place for pictures does.</summary>
public abstract class AssetStoreContract
{
    protected abstract IAssetStore Store { get; }

    /// <summary>Changes the stored bytes behind the store's back.</summary>
    protected abstract void Damage(AssetKey key);

    [Fact]
    public async Task Store_gives_back_what_was_put()
    {
        byte[] content = Content(1, 100_000);

        var key = await Store.PutAsync(content);

        Assert.Equal(AssetKey.Of(content), key);
        Assert.Equal(content, await Store.ReadAsync(key));
    }

    [Fact]
    public async Task Store_has_an_empty_file_like_any_other()
    {
        var key = await Store.PutAsync(Array.Empty<byte>());

        byte[]? content = await Store.ReadAsync(key);

        Assert.NotNull(content);
        Assert.Empty(content);
    }

    [Fact]
    public async Task Store_knows_nothing_of_other_keys()
    {
        var unknown = AssetKey.Of("never put"u8);

        Assert.Null(await Store.ReadAsync(unknown));
        Assert.False(await Store.DeleteAsync(unknown));
    }

    [Fact]
    public async Task Store_keeps_the_same_content_once()
    {
        var keys = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Store.PutAsync(Content(2, 5000))));

        Assert.Single(keys.Distinct());
        Assert.Equal(5000, Assert.Single(await ListAsync()).Bytes);
    }

    [Fact]
    public async Task Store_forgets_what_is_deleted()
    {
        var key = await Store.PutAsync(Content(3, 10));

        Assert.True(await Store.DeleteAsync(key));
        Assert.False(await Store.DeleteAsync(key));
        Assert.Null(await Store.ReadAsync(key));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Delete_leaves_what_was_put_after_the_moment()
    {
        var key = await Store.PutAsync(Content(4, 10));

        Assert.False(await Store.DeleteAsync(key, TimeProvider.System.GetUtcNow().AddHours(-1)));
        Assert.NotNull(await Store.ReadAsync(key));
        Assert.True(await Store.DeleteAsync(key, TimeProvider.System.GetUtcNow().AddHours(1)));
    }

    [Fact]
    public async Task List_has_every_file_with_its_length_and_time()
    {
        var before = TimeProvider.System.GetUtcNow().AddSeconds(-2);
        var keys = await Task.WhenAll(Enumerable.Range(1, 40).Select(i => Store.PutAsync(Content(i, i))));

        var listed = (await ListAsync()).ToDictionary(a => a.Key);

        Assert.Equal(keys.ToHashSet(), listed.Keys.ToHashSet());
        for (int i = 1; i <= keys.Length; i++)
        {
            Assert.Equal(i, listed[keys[i - 1]].Bytes);
            Assert.InRange(listed[keys[i - 1]].Stored, before, TimeProvider.System.GetUtcNow().AddSeconds(2));
        }
    }

    [Fact]
    public async Task Read_refuses_damaged_content_until_it_is_put_again()
    {
        byte[] content = Content(5, 1000);
        var key = await Store.PutAsync(content);
        Damage(key);

        var error = await Assert.ThrowsAsync<Contracts.Errors.GessoException>(() => Store.ReadAsync(key));
        Assert.True(error.Code == "asset_damaged", $"{error.Code}: {error}");

        _ = await Store.PutAsync(content);
        Assert.Equal(content, await Store.ReadAsync(key));
    }

    [Fact]
    public async Task Calls_can_be_given_up()
    {
        var given = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutAsync(Content(6, 10), given));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.ReadAsync(AssetKey.Of([]), given));
    }

    protected async Task<List<StoredAsset>> ListAsync()
    {
        List<StoredAsset> assets = [];
        await foreach (var asset in Store.ListAsync())
            assets.Add(asset);
        return assets;
    }

    protected static byte[] Content(int seed, int length)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }
}
