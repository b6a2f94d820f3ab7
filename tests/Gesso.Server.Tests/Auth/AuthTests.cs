using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Gesso.Platform.Accounts;
using Gesso.Server.Auth;
using Gesso.Server.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Auth;

public sealed class AuthTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_without_a_key_is_told_how_to_send_one()
    {
        await using var server = await TestServer.StartAsync(map: Map);

        using var response = await server.Anonymous.GetAsync("/v1/read", Cancellation);

        var error = await response.ShouldRefuse(401, "invalid_api_key");
        Assert.Contains("Authorization: Bearer", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("authentication_error", error.GetProperty("type").GetString());
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Theory]
    [InlineData("gsk_wrong")]
    [InlineData("gsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("sk-proj-abc")]
    public async Task Unknown_key_is_refused(string key)
    {
        await using var server = await TestServer.StartAsync(map: Map);
        using var client = server.WithKey(key);

        using var response = await client.GetAsync("/v1/read", Cancellation);

        await response.ShouldRefuse(401, "invalid_api_key");
    }

    [Theory]
    [InlineData(Role.Admin, "/v1/read", true)]
    [InlineData(Role.Admin, "/v1/submit", true)]
    [InlineData(Role.Admin, "/v1/admin", true)]
    [InlineData(Role.Submit, "/v1/read", true)]
    [InlineData(Role.Submit, "/v1/submit", true)]
    [InlineData(Role.Submit, "/v1/admin", false)]
    [InlineData(Role.Read, "/v1/read", true)]
    [InlineData(Role.Read, "/v1/submit", false)]
    [InlineData(Role.Read, "/v1/admin", false)]
    public async Task Key_reaches_what_its_role_includes(Role role, string path, bool reaches)
    {
        await using var server = await TestServer.StartAsync(map: Map);
        var (id, secret) = await server.CreateKeyAsync(role);
        using var client = server.WithKey(secret);

        using var response = await client.GetAsync(path, Cancellation);

        if (reaches)
            Assert.Equal(id, await response.Content.ReadAsStringAsync(Cancellation));
        else
            await response.ShouldRefuse(403, "insufficient_role");
    }

    [Fact]
    public async Task Key_is_taken_from_every_header_that_clients_use()
    {
        await using var server = await TestServer.StartAsync(map: Map);
        using HttpRequestMessage azure = new(HttpMethod.Get, "/v1/read") { Headers = { { "api-key", server.Key } } };
        using HttpRequestMessage basic = new(HttpMethod.Get, "/sdapi/read");
        basic.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("anyone:" + server.Key)));

        using var first = await server.Anonymous.SendAsync(azure, Cancellation);
        using var second = await server.Anonymous.SendAsync(basic, Cancellation);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
    }

    [Fact]
    public async Task Expired_key_is_named_as_expired()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        await using var server = await TestServer.StartAsync(map: Map, time: time);
        var (_, secret) = await server.CreateKeyAsync(Role.Read, expiresAt: time.GetUtcNow().AddMinutes(1).ToUnixTimeSeconds());
        using var client = server.WithKey(secret);

        using var before = await client.GetAsync("/v1/read", Cancellation);
        time.Advance(TimeSpan.FromMinutes(1));
        using var after = await client.GetAsync("/v1/read", Cancellation);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        await after.ShouldRefuse(401, "expired_api_key");
    }

    [Fact]
    public async Task Revoked_key_is_refused_at_once_on_the_same_server()
    {
        await using var server = await TestServer.StartAsync(map: Map);
        var (id, secret) = await server.CreateKeyAsync(Role.Read);
        using var client = server.WithKey(secret);
        using var before = await client.GetAsync("/v1/read", Cancellation);

        using var revoked = await server.Client.DeleteAsync($"/api/keys/{id}", Cancellation);
        using var after = await client.GetAsync("/v1/read", Cancellation);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        await after.ShouldRefuse(401, "revoked_api_key");
    }

    [Fact]
    public async Task Key_revoked_elsewhere_works_five_seconds_longer_at_most()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        await using var server = await TestServer.StartAsync(map: Map, time: time);
        var (id, secret) = await server.CreateKeyAsync(Role.Read);
        using var client = server.WithKey(secret);
        using var before = await client.GetAsync("/v1/read", Cancellation);
        await server.Stores.Accounts.RevokeAsync(null, new Platform.ApiKeyId(id), time.GetUtcNow(), Cancellation);

        using var remembered = await client.GetAsync("/v1/read", Cancellation);
        time.Advance(KeyDirectory.Longest + TimeSpan.FromMilliseconds(1));
        using var after = await client.GetAsync("/v1/read", Cancellation);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.OK, remembered.StatusCode);
        await after.ShouldRefuse(401, "revoked_api_key");
    }

    [Fact]
    public async Task Busy_key_costs_no_read_of_the_store()
    {
        CountingAccounts? counting = null;
        await using var server = await TestServer.StartAsync(map: Map, stores: s => s with { Accounts = counting = new CountingAccounts(s.Accounts) });

        for (int i = 0; i < 50; i++)
            _ = await server.Client.GetStringAsync("/v1/read", Cancellation);

        Assert.InRange(counting!.Finds, 1, 3);
    }

    [Fact]
    public async Task Guesses_that_cannot_be_keys_do_not_reach_the_store()
    {
        CountingAccounts? counting = null;
        await using var server = await TestServer.StartAsync(map: Map, stores: s => s with { Accounts = counting = new CountingAccounts(s.Accounts) });
        using var client = server.WithKey("sk-" + new string('x', 44));

        using var response = await client.GetAsync("/v1/read", Cancellation);

        await response.ShouldRefuse(401, "invalid_api_key");
        Assert.Equal(0, counting!.Finds);
    }

    [Fact]
    public async Task Refused_upload_is_not_read()
    {
        bool read = false;
        await using var server = await TestServer.StartAsync(map: app => app.MapPost("/v1/upload", async context =>
        {
            read = true;
            await context.Request.Body.CopyToAsync(Stream.Null, Cancellation);
        }).RequireRole(Role.Submit));

        using var response = await server.Anonymous.PostAsync("/v1/upload", new ByteArrayContent(new byte[100_000]), Cancellation);

        await response.ShouldRefuse(401, "invalid_api_key");
        Assert.False(read);
    }

    [Fact]
    public async Task Signed_url_opens_its_picture_without_a_key()
    {
        const string Path = "/api/pictures/job_1-0/content";
        await using var server = await TestServer.StartAsync(map: app =>
            app.MapGet("/api/pictures/{id}/content", (HttpContext context) => context.Tenant().Value).RequireRoleOrSignedUrl(Role.Read));
        string url = server.Services.GetRequiredService<PictureUrls>().Sign(Path, new Platform.TenantId("tenant_x"));

        Assert.Equal("tenant_x", await server.Anonymous.GetStringAsync(url, Cancellation));
        Assert.Equal("default", await server.Client.GetStringAsync(Path, Cancellation));
        using var bare = await server.Anonymous.GetAsync(Path, Cancellation);
        using var other = await server.Anonymous.GetAsync(url.Replace("job_1-0", "job_2-0", StringComparison.Ordinal), Cancellation);
        await bare.ShouldRefuse(401, "invalid_api_key");
        await other.ShouldRefuse(403, "invalid_signature");
    }

    [Fact]
    public async Task Last_use_of_a_key_is_written_to_the_minute()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 30, TimeSpan.Zero));
        await using var server = await TestServer.StartAsync(map: Map, time: time);
        _ = await server.Client.GetStringAsync("/v1/read", Cancellation);
        _ = await server.Client.GetStringAsync("/v1/read", Cancellation);

        await server.StopAsync();

        var key = Assert.Single(await server.Stores.Accounts.ListAsync(null, Cancellation));
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero), key.LastUsed);
    }

    [Fact]
    public async Task First_key_is_made_once()
    {
        await using var server = await TestServer.StartAsync();
        var secrets = server.Services.GetRequiredService<ServerSecrets>();

        Assert.Null(await FirstKey.EnsureAsync(server.Stores.Accounts, secrets, TimeProvider.System, Cancellation));
    }

    private static void Map(WebApplication app)
    {
        app.MapGet("/v1/read", Key).RequireRole(Role.Read);
        app.MapGet("/sdapi/read", Key).RequireRole(Role.Read);
        app.MapGet("/v1/submit", Key).RequireRole(Role.Submit);
        app.MapGet("/v1/admin", Key).RequireRole(Role.Admin);

        static string Key(HttpContext context) => context.Caller().Key.Id.Value;
    }
}
