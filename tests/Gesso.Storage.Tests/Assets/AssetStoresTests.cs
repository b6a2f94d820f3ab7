using Gesso.Platform.Assets;
using Gesso.Storage.Assets;
using Gesso.Testing;
using Gesso.Testing.Platform;

namespace Gesso.Storage.Tests.Assets;

public sealed class AssetStoresTests
{
    [Fact]
    public void Address_of_a_bucket_has_all_its_parts()
    {
        var address = S3Address.Parse("s3://pictures/a/b/?endpoint=https%3A%2F%2Fs3.example.org%3A9000&region=eu-central-1&path_style=true&access_key=k%2F&secret_key=s%26");

        Assert.Equal(("pictures", "a/b/", "eu-central-1", true), (address.Bucket, address.Prefix, address.Region, address.PathStyle));
        Assert.Equal(("https://s3.example.org:9000/", "k/", "s&"), (address.Endpoint!.AbsoluteUri, address.AccessKey, address.SecretKey));
        Assert.Equal("s3://pictures/a/b/ at https://s3.example.org:9000", address.Display);
    }

    [Fact]
    public void Address_of_a_bucket_alone_is_amazons()
    {
        var address = S3Address.Parse("s3://pictures");

        Assert.Equal(("pictures", "", null, false), (address.Bucket, address.Prefix, address.Endpoint, address.PathStyle));
    }

    [Theory]
    [InlineData("pictures", "folder:PATH")]
    [InlineData("folder:", "folder:PATH")]
    [InlineData("s3:///prefix", "names no bucket")]
    [InlineData("s3://b?endpoint=ftp://x", "ftp://x")]
    [InlineData("s3://b?path_style=yes", "\"yes\"")]
    [InlineData("s3://b?colour=red", "\"colour\"")]
    [InlineData("s3://b?access_key=k", "only one of")]
    public void Place_that_is_not_understood_is_refused_with_what_is_wrong(string place, string part) =>
        Assert.Contains(part, Refusal.Of("bad_assets", () => AssetStores.Open(place, TimeProvider.System)), StringComparison.Ordinal);

    [Fact]
    public async Task Collector_deletes_old_files_that_nothing_refers_to()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var platform = new MemoryPlatform(time: time).Stores;
        var used = await platform.Assets.PutAsync(new byte[] { 1 });
        var unused = await platform.Assets.PutAsync(new byte[] { 2, 2 });
        await platform.Catalog.AddUploadAsync(new UploadedPicture(new("default"), used, "image/png", new(1, 1), 1, time.GetUtcNow(), time.GetUtcNow().AddDays(9)));
        time.Advance(TimeSpan.FromHours(2));
        var young = await platform.Assets.PutAsync(new byte[] { 3 });
        var collector = new AssetCollector(platform.Assets, platform.Catalog, time, grace: TimeSpan.FromHours(1));

        Assert.Equal((1, 2), await collector.RunAsync());

        Assert.NotNull(await platform.Assets.ReadAsync(used));
        Assert.NotNull(await platform.Assets.ReadAsync(young));
        Assert.Null(await platform.Assets.ReadAsync(unused));
    }
}
