using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Gesso.Platform.Accounts;
using Gesso.Server.Auth;
using Gesso.Server.Security;
using Gesso.Testing.Server;
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
        await using var server = await StartAsync();
        using var anonymous = server.Client("");

        using var response = await anonymous.GetAsync("/own/read", Cancellation);

        var error = await response.ShouldRefuseAsync(401, "invalid_api_key");
        Assert.Contains("Authorization: Bearer", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("authentication_error", error.GetProperty("type").GetString());
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Fact]
    public async Task Key_without_its_scheme_is_told_in_words_that_a_terminal_shows()
    {
        await using var server = await StartAsync();
        using var client = server.Client("");
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", server.Key);

        using var response = await client.GetAsync("/own/read", Cancellation);
        string body = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Contains("the Authorization header that came is of another form", body, StringComparison.Ordinal);
        Assert.Contains("gsk_…", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gsk_wrong")]
    [InlineData("gsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("sk-proj-abc")]
    public async Task Unknown_key_is_refused(string key)
    {
        await using var server = await StartAsync();
        using var client = server.Client(key);

        using var response = await client.GetAsync("/own/read", Cancellation);

        await response.ShouldRefuseAsync(401, "invalid_api_key");
    }

    [Theory]
    [InlineData(Role.Admin, "/own/read", true)]
    [InlineData(Role.Admin, "/own/submit", true)]
    [InlineData(Role.Admin, "/own/admin", true)]
    [InlineData(Role.Submit, "/own/read", true)]
    [InlineData(Role.Submit, "/own/submit", true)]
    [InlineData(Role.Submit, "/own/admin", false)]
    [InlineData(Role.Read, "/own/read", true)]
    [InlineData(Role.Read, "/own/submit", false)]
    [InlineData(Role.Read, "/own/admin", false)]
    public async Task Key_reaches_what_its_role_includes(Role role, string path, bool reaches)
    {
        await using var server = await StartAsync();
        using var client = server.Client(await server.NewKeyAsync(role));

        using var response = await client.GetAsync(path, Cancellation);

        if (reaches)
            Assert.Equal($"{role} of default", await response.Content.ReadAsStringAsync(Cancellation));
        else
            await response.ShouldRefuseAsync(403, "insufficient_role");
    }

    [Fact]
    public async Task Key_is_taken_from_every_header_that_clients_use()
    {
        await using var server = await StartAsync();
        using var anonymous = server.Client("");
        using HttpRequestMessage azure = new(HttpMethod.Get, "/own/read") { Headers = { { "api-key", server.Key } } };
        using HttpRequestMessage basic = new(HttpMethod.Get, "/sdapi/read");
        basic.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("anyone:" + server.Key)));

        using var first = await anonymous.SendAsync(azure, Cancellation);
        using var second = await anonymous.SendAsync(basic, Cancellation);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
    }

    [Fact]
    public async Task Expired_key_is_named_as_expired()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        await using var server = await StartAsync(new() { Time = time });
        using var client = server.Client(await server.NewKeyAsync(Role.Read, expires: time.GetUtcNow().AddMinutes(1)));

        using var before = await client.GetAsync("/own/read", Cancellation);
        time.Advance(TimeSpan.FromMinutes(1));
        using var after = await client.GetAsync("/own/read", Cancellation);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        await after.ShouldRefuseAsync(401, "expired_api_key");
    }

    [Fact]
    public async Task Revoked_key_is_refused_at_once_on_the_same_server()
    {
        await using var server = await StartAsync();
        using var client = server.Client(await server.NewKeyAsync(Role.Read));
        using var admin = server.Client();
        string id = await client.GetStringAsync("/own/id", Cancellation);
        using var before = await client.GetAsync("/own/read", Cancellation);

        using var revoked = await admin.DeleteAsync($"/api/keys/{id}", Cancellation);
        using var after = await client.GetAsync("/own/read", Cancellation);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        await after.ShouldRefuseAsync(401, "revoked_api_key");
    }

    [Fact]
    public async Task Key_revoked_elsewhere_works_five_seconds_longer_at_most()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        await using var server = await StartAsync(new() { Time = time });
        using var client = server.Client(await server.NewKeyAsync(Role.Read));
        string id = await client.GetStringAsync("/own/id", Cancellation);
        using var before = await client.GetAsync("/own/read", Cancellation);
        await server.Stores.Accounts.RevokeAsync(null, new Platform.ApiKeyId(id), time.GetUtcNow(), Cancellation);

        using var remembered = await client.GetAsync("/own/read", Cancellation);
        time.Advance(KeyDirectory.Longest + TimeSpan.FromMilliseconds(1));
        using var after = await client.GetAsync("/own/read", Cancellation);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.OK, remembered.StatusCode);
        await after.ShouldRefuseAsync(401, "revoked_api_key");
    }

    [Fact]
    public async Task Busy_key_costs_no_read_of_the_store()
    {
        CountingAccounts? counting = null;
        await using var server = await StartAsync(new() { Wrap = s => s with { Accounts = counting = new CountingAccounts(s.Accounts) } });
        using var client = server.Client();

        for (int i = 0; i < 50; i++)
            _ = await client.GetStringAsync("/own/read", Cancellation);

        Assert.InRange(counting!.Finds, 1, 3);
    }

    [Fact]
    public async Task Guesses_that_cannot_be_keys_do_not_reach_the_store()
    {
        CountingAccounts? counting = null;
        await using var server = await StartAsync(new() { Wrap = s => s with { Accounts = counting = new CountingAccounts(s.Accounts) } });
        using var client = server.Client("sk-" + new string('x', 44));

        using var response = await client.GetAsync("/own/read", Cancellation);

        await response.ShouldRefuseAsync(401, "invalid_api_key");
        Assert.Equal(0, counting!.Finds);
    }

    [Fact]
    public async Task Refused_upload_is_not_read()
    {
        bool read = false;
        await using var server = await ServerFixture.StartAsync(new()
        {
            Map = app => app.MapPost("/own/upload", async context =>
            {
                read = true;
                await context.Request.Body.CopyToAsync(Stream.Null, Cancellation);
            }).RequireRole(Role.Submit),
        });
        using var anonymous = server.Client("");

        using var response = await anonymous.PostAsync("/own/upload", new ByteArrayContent(new byte[100_000]), Cancellation);

        await response.ShouldRefuseAsync(401, "invalid_api_key");
        Assert.False(read);
    }

    [Fact]
    public async Task Signed_url_opens_its_picture_without_a_key()
    {
        const string Path = "/own/pictures/job_1-0/content";
        await using var server = await ServerFixture.StartAsync(new()
        {
            Map = app => app.MapGet("/own/pictures/{id}/content", (HttpContext context) => context.Tenant().Value).RequireRoleOrSignedUrl(Role.Read),
        });
        using var anonymous = server.Client("");
        using var client = server.Client();
        string url = server.App.Services.GetRequiredService<PictureUrls>().Sign(Path, new Platform.TenantId("tenant_x"));

        Assert.Equal("tenant_x", await anonymous.GetStringAsync(url, Cancellation));
        Assert.Equal("default", await client.GetStringAsync(Path, Cancellation));
        using var bare = await anonymous.GetAsync(Path, Cancellation);
        using var other = await anonymous.GetAsync(url.Replace("job_1-0", "job_2-0", StringComparison.Ordinal), Cancellation);
        await bare.ShouldRefuseAsync(401, "invalid_api_key");
        await other.ShouldRefuseAsync(403, "invalid_signature");
    }

    [Fact]
    public async Task Last_use_of_a_key_is_written_to_the_minute()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 30, TimeSpan.Zero));
        await using var server = await StartAsync(new() { Time = time });
        using var client = server.Client();
        _ = await client.GetStringAsync("/own/read", Cancellation);
        _ = await client.GetStringAsync("/own/read", Cancellation);

        await server.App.StopAsync(Cancellation);

        var key = Assert.Single(await server.Stores.Accounts.ListAsync(null, Cancellation));
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero), key.LastUsed);
    }

    [Fact]
    public async Task First_key_is_made_once()
    {
        await using var server = await ServerFixture.StartAsync();
        var secrets = server.App.Services.GetRequiredService<ServerSecrets>();

        Assert.Null(await FirstKey.EnsureAsync(server.Stores.Accounts, secrets, TimeProvider.System, Cancellation));
    }

    private static Task<ServerFixture> StartAsync(ServerFixtureOptions? options = null) => ServerFixture.StartAsync((options ?? new()) with { Map = Map });

    private static void Map(WebApplication app)
    {
        app.MapGet("/own/id", (HttpContext context) => context.Caller().Key.Id.Value).RequireRole(Role.Read);
        app.MapGet("/own/read", Name).RequireRole(Role.Read);
        app.MapGet("/sdapi/read", Name).RequireRole(Role.Read);
        app.MapGet("/own/submit", Name).RequireRole(Role.Submit);
        app.MapGet("/own/admin", Name).RequireRole(Role.Admin);

        static string Name(HttpContext context) => context.Caller().Key.Name;
    }
}
