using System.Security.Cryptography;
using CsCheck;
using Gesso.Platform;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;
using Gesso.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Security;

public sealed class PictureUrlsTests
{
    private const string Picture = "/api/pictures/job_01JD0000000000000000000000-0/content";
    private static readonly TenantId Tenant = new("tenant_01JD0000000000000000000000");
    private static readonly UrlKey Old = new("old", RandomNumberGenerator.GetBytes(32));
    private static readonly UrlKey Current = new("current", RandomNumberGenerator.GetBytes(32));

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Signed_url_gives_its_tenant()
    {
        var urls = Urls(Current);

        Assert.Equal(Tenant, urls.Verify(Request(urls.Sign(Picture, Tenant))));
        Assert.Equal(Tenant, urls.Verify(Request(urls.Sign(Picture, Tenant) + "&download=1", method: "HEAD")));
    }

    [Fact]
    public void Signed_url_works_for_half_its_lifetime_at_least_and_for_all_of_it_at_most() =>
        Gen.Int[0, 100_000].Sample(offset =>
        {
            FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero).AddMilliseconds(offset * 100));
            PictureUrls urls = new(new ServerSecrets([], [Current]), new ServerOptions(), time);
            string url = urls.Sign(Picture, Tenant);
            time.Advance(TimeSpan.FromMinutes(7.5));
            _ = urls.Verify(Request(url));
            time.Advance(TimeSpan.FromMinutes(7.5));
            Assert.Equal("signature_expired", Assert.Throws<ApiException>(() => urls.Verify(Request(url))).Error.Code);
        }, iter: 200);

    [Fact]
    public void Same_picture_has_the_same_url_for_a_while()
    {
        var urls = Urls(Current);
        string first = urls.Sign(Picture, Tenant);

        _time.Advance(TimeSpan.FromMinutes(7));

        Assert.Equal(first, urls.Sign(Picture, Tenant));
    }

    [Fact]
    public void Changed_url_is_refused()
    {
        var urls = Urls(Current);
        string url = urls.Sign(Picture, Tenant);
        string[] changed =
        [
            url.Replace("-0/content", "-1/content", StringComparison.Ordinal),
            url.Replace("tenant=tenant_", "tenant=default", StringComparison.Ordinal),
            url.Replace("exp=1", "exp=2", StringComparison.Ordinal),
            url.Replace("sig=current", "sig=old", StringComparison.Ordinal),
            url.Replace("sig=current", "sig=none", StringComparison.Ordinal),
            url[..^1],
            url + "A",
            Picture + "?sig=",
            Picture + "?sig=current.",
        ];

        Assert.All(changed, other => Assert.Equal("invalid_signature", Assert.Throws<ApiException>(() => urls.Verify(Request(other))).Error.Code));
        Assert.All(["POST", "DELETE", "PUT"], method => Assert.Equal("invalid_signature", Assert.Throws<ApiException>(() => urls.Verify(Request(url, method))).Error.Code));
    }

    [Fact]
    public void Url_of_an_older_key_works_while_that_key_is_kept()
    {
        string url = Urls(Old).Sign(Picture, Tenant);

        Assert.Equal(Tenant, Urls(Current, Old).Verify(Request(url)));
        Assert.Equal("invalid_signature", Assert.Throws<ApiException>(() => Urls(Current).Verify(Request(url))).Error.Code);
    }

    private PictureUrls Urls(params UrlKey[] keys) => new(new ServerSecrets([], keys), new ServerOptions(), _time);

    private static HttpRequest Request(string url, string method = "GET")
    {
        DefaultHttpContext context = new();
        int query = url.IndexOf('?', StringComparison.Ordinal);
        context.Request.Method = method;
        context.Request.Path = url[..query];
        context.Request.QueryString = new QueryString(url[query..]);
        return context.Request;
    }
}
