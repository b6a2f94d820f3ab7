using System.Net;

namespace Gesso.Server.Tests.Studio;

public sealed class StudioTests(OneServer one) : IDisposable
{
    private readonly HttpClient _stranger = one.Server.Client("");

    public void Dispose() => _stranger.Dispose();

    [Theory]
    [InlineData("/", "text/html; charset=utf-8")]
    [InlineData("/app/main.js", "text/javascript; charset=utf-8")]
    [InlineData("/css/tokens.css", "text/css; charset=utf-8")]
    [InlineData("/icons.svg", "image/svg+xml")]
    public async Task Pages_are_public_files_under_a_strict_policy(string path, string mediaType)
    {
        using var response = await _stranger.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, mediaType), (response.StatusCode, response.Content.Headers.ContentType!.ToString()));
        Assert.Contains("default-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task Browsers_ask_again_and_get_not_modified()
    {
        using var first = await _stranger.GetAsync("/app/main.js", TestContext.Current.CancellationToken);
        using HttpRequestMessage again = new(HttpMethod.Get, "/app/main.js");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using var second = await _stranger.SendAsync(again, TestContext.Current.CancellationToken);

        Assert.True(first.Headers.CacheControl!.NoCache);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Theory]
    [InlineData("/app/")]
    [InlineData("/app/none.js")]
    [InlineData("/Gesso.Studio.csproj")]
    [InlineData("/app/..%2f..%2fpackage.json")]
    public async Task Nothing_else_is_served(string path)
    {
        using var response = await _stranger.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }
}
