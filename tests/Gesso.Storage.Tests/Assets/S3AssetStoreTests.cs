using Gesso.Contracts.Errors;
using Gesso.Platform.Assets;
using Gesso.Storage.Assets;
using Gesso.Testing.Platform;

namespace Gesso.Storage.Tests.Assets;

/// <summary>Against a server that speaks S3, each test in a prefix of its own.</summary>
public sealed class S3AssetStoreTests : AssetStoreContract, IClassFixture<S3Server>, IDisposable
{
    private static int _prefixes;

    private readonly S3Server _server;
    private readonly string _prefix = $"test {Interlocked.Increment(ref _prefixes)}";
    private readonly S3AssetStore _s3;
    private readonly SettledStore _store;

    public S3AssetStoreTests(S3Server server)
    {
        Assert.SkipWhen(server.Missing is not null, server.Missing ?? "");
        _server = server;
        _s3 = Open(server.PlaceOf(_prefix));
        _store = new SettledStore(_s3, server);
    }

    protected override IAssetStore Store => _store;

    [Fact]
    public async Task Prefixes_do_not_see_each_other()
    {
        var key = await _store.PutAsync(Content(1, 10));
        using var other = Open(_server.PlaceOf(_prefix + "0"));

        Assert.Null(await other.ReadAsync(key));
        Assert.False(await other.DeleteAsync(key));
        Assert.Single(await ListAsync());
    }

    [Fact]
    public async Task List_goes_on_over_pages()
    {
        // a page of the server has 1,000
        var keys = await Task.WhenAll(Enumerable.Range(0, 1100).Select(i => _s3.PutAsync(BitConverter.GetBytes(i))));

        Assert.Equal(keys.ToHashSet(), (await ListAsync()).Select(a => a.Key).ToHashSet());
    }

    [Fact]
    public async Task Missing_bucket_is_told()
    {
        using var store = Open(_server.PlaceOf(_prefix, bucket: "nowhere"));

        var error = await Assert.ThrowsAsync<GessoException>(() => store.PutAsync(Content(1, 10)));

        Assert.Equal((ErrorKind.Unavailable, "bucket_missing"), (error.Kind, error.Code));
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
        Assert.Equal("bucket_missing", (await Assert.ThrowsAsync<GessoException>(() => store.ReadAsync(AssetKey.Of([])))).Code);
    }

    [Fact]
    public async Task Wrong_keys_are_told_without_the_keys()
    {
        using var store = Open(_server.PlaceOf(_prefix, key: "INTRUDER"));

        var error = await Assert.ThrowsAsync<GessoException>(() => store.PutAsync(Content(1, 10)));

        Assert.Equal((ErrorKind.Unavailable, "bucket_forbidden"), (error.Kind, error.Code));
        Assert.DoesNotContain("S3RVER", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_is_away_is_told()
    {
        using var store = Open("s3://pictures?endpoint=http://127.0.0.1:9&path_style=true&access_key=a&secret_key=b");

        var error = await Assert.ThrowsAsync<GessoException>(() => store.PutAsync(Content(1, 10)));

        Assert.Equal((ErrorKind.Unavailable, "storage_unavailable"), (error.Kind, error.Code));
    }

    public void Dispose() => _s3?.Dispose();

    protected override void Damage(AssetKey key)
    {
        foreach (string file in _server.FilesOf(key.Sha256))
        {
            byte[] content = File.ReadAllBytes(file);
            content[0] ^= 0xFF;
            File.WriteAllBytes(file, content);
        }
    }

    private static S3AssetStore Open(string place) => Assert.IsType<S3AssetStore>(AssetStores.Open(place, TimeProvider.System));

    /// <summary>The server answers before its file is written, which a real one does not: wait for the file.</summary>
    private sealed class SettledStore(IAssetStore store, S3Server server) : IAssetStore
    {
        public async Task<AssetKey> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation = default)
        {
            var key = await store.PutAsync(content, cancellation);
            while (!server.FilesOf(key.Sha256).Any(f => new FileInfo(f).Length == content.Length))
                await Task.Yield();
            return key;
        }

        public Task<byte[]?> ReadAsync(AssetKey key, CancellationToken cancellation = default) => store.ReadAsync(key, cancellation);

        public Task<bool> DeleteAsync(AssetKey key, DateTimeOffset? unlessPutAfter = null, CancellationToken cancellation = default) =>
            store.DeleteAsync(key, unlessPutAfter, cancellation);

        public IAsyncEnumerable<StoredAsset> ListAsync(CancellationToken cancellation = default) => store.ListAsync(cancellation);

        public Task<int> SweepAsync(TimeSpan age, CancellationToken cancellation = default) => store.SweepAsync(age, cancellation);
    }
}
