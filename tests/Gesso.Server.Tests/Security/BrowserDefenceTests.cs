using System.Net;
using Gesso.Platform.Accounts;
using Gesso.Server.Auth;
using Gesso.Server.Hosting;
using Gesso.Testing.Server;
using Microsoft.AspNetCore.Builder;

namespace Gesso.Server.Tests.Security;

/// <summary>What keeps other sites' pages, and names that were made to point here, away from the server.</summary>
public sealed class BrowserDefenceTests(BrowserDefenceTests.Defended defended) : IClassFixture<BrowserDefenceTests.Defended>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("localhost.", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.0.0.2", true)]
    [InlineData("[::1]", true)]
    [InlineData("images.example.com", true)]
    [InlineData("a.pods.example.com", true)]
    [InlineData("pods.example.com", false)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("images.example.com.evil.example", false)]
    [InlineData("10.0.0.5", false)]
    [InlineData("2130706433", false)]
    [InlineData("127.1", false)]
    public async Task Server_answers_only_for_its_own_names(string host, bool answers)
    {
        var server = defended.Server;
        using var client = server.Client();
        using HttpRequestMessage request = new(HttpMethod.Get, "/own/read");
        request.Headers.Host = host + ":" + server.Url.Port;

        using var response = await client.SendAsync(request, Cancellation);

        if (answers)
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        else
            await response.ShouldRefuseAsync(421, "host_not_allowed");
    }

    [Theory]
    [InlineData("10.0.0.5", true)]
    [InlineData("[2001:db8::5]", true)]
    [InlineData("evil.example", false)]
    public async Task Server_that_listens_beyond_loopback_answers_for_addresses_but_not_for_names(string host, bool answers)
    {
        await using var before = await ServerFixture.StartAsync();
        await using var server = await ServerFixture.StartAsync(new() { Url = "http://127.0.0.1:0;http://0.0.0.0:0", Map = Map, Wrap = s => s with { Accounts = before.Stores.Accounts } });
        using var client = server.Client("");
        using HttpRequestMessage request = new(HttpMethod.Get, "/own/open");
        request.Headers.Host = host;

        using var response = await client.SendAsync(request, Cancellation);

        Assert.Equal(answers ? HttpStatusCode.OK : HttpStatusCode.MisdirectedRequest, response.StatusCode);
    }

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("https://evil.example:8443")]
    [InlineData("null")]
    [InlineData("file://")]
    [InlineData("http://localhost:1")]
    [InlineData("http://127.0.0.1")]
    public async Task Page_of_another_origin_is_refused_even_with_a_key(string origin)
    {
        var server = defended.Server;
        using var client = server.Client();
        using HttpRequestMessage request = new(HttpMethod.Get, "/own/read") { Headers = { { "Origin", origin } } };

        using var response = await client.SendAsync(request, Cancellation);

        await response.ShouldRefuseAsync(403, "origin_not_allowed");
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Simple_request_of_another_page_does_nothing()
    {
        int calls = 0;
        await using var server = await ServerFixture.StartAsync(new() { Map = app => app.MapPost("/own/open", () => calls++) });
        using var client = server.Client("");
        using HttpRequestMessage request = new(HttpMethod.Post, "/own/open") { Content = new StringContent("a=b"), Headers = { { "Origin", "http://evil.example" } } };

        using var response = await client.SendAsync(request, Cancellation);

        await response.ShouldRefuseAsync(403, "origin_not_allowed");
        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task Own_pages_may_call_also_behind_a_proxy_that_speaks_https()
    {
        var server = defended.Server;
        using var client = server.Client();
        using HttpRequestMessage direct = new(HttpMethod.Get, "/own/read") { Headers = { { "Origin", server.Url.ToString().TrimEnd('/') } } };
        using HttpRequestMessage proxied = new(HttpMethod.Get, "/own/read") { Headers = { { "Origin", "https://images.example.com" }, { "Host", "images.example.com" } } };

        using var first = await client.SendAsync(direct, Cancellation);
        using var second = await client.SendAsync(proxied, Cancellation);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
    }

    [Fact]
    public async Task Allowed_origin_gets_its_preflight_and_its_answer()
    {
        var server = defended.Server;
        using var client = server.Client();
        using HttpRequestMessage preflight = new(HttpMethod.Options, "/own/read")
        {
            Headers = { { "Origin", "https://app.example.com" }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "authorization,content-type" } },
        };
        using HttpRequestMessage call = new(HttpMethod.Get, "/own/read") { Headers = { { "Origin", "https://app.example.com" } } };
        using HttpRequestMessage other = new(HttpMethod.Options, "/own/read") { Headers = { { "Origin", "https://evil.example" }, { "Access-Control-Request-Method", "POST" } } };

        using var allowed = await client.SendAsync(preflight, Cancellation);
        using var answer = await client.SendAsync(call, Cancellation);
        using var refused = await client.SendAsync(other, Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, allowed.StatusCode);
        Assert.Equal("https://app.example.com", allowed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("authorization", allowed.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.OrdinalIgnoreCase);
        Assert.False(allowed.Headers.Contains("Access-Control-Allow-Credentials"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("x-request-id", answer.Headers.GetValues("Access-Control-Expose-Headers").Single(), StringComparison.Ordinal);
        await refused.ShouldRefuseAsync(403, "origin_not_allowed");
    }

    [Fact]
    public async Task Every_answer_tells_browsers_what_it_is_not()
    {
        var server = defended.Server;
        using var client = server.Client();
        using var fine = await client.GetAsync("/own/read", Cancellation);
        using var wrong = await client.GetAsync("/api/jobs/job_none", Cancellation);

        foreach (var response in new[] { fine, wrong })
        {
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
            Assert.Equal("same-origin", response.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
            string policy = response.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'self'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.False(response.Headers.Contains("Server"));
            Assert.False(response.Headers.Contains("Set-Cookie"));
        }
        Assert.True(wrong.Headers.CacheControl!.NoStore);
    }

    private static void Map(WebApplication app)
    {
        app.MapGet("/own/read", () => "read").RequireRole(Role.Read);
        app.MapGet("/own/open", () => "open");
    }

    /// <summary>One server with names and an origin of its own.</summary>
    public sealed class Defended : IAsyncLifetime
    {
        public ServerFixture Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await ServerFixture.StartAsync(new()
        {
            Map = Map,
            Options = o => o with
            {
                Security = new SecurityOptions { AllowedHosts = ["images.example.com", "*.pods.example.com"], AllowedOrigins = ["https://app.example.com"] },
            },
        });

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
