using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gesso.Platform.Accounts;
using Gesso.Testing.Server;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Auth;

public sealed class AccountTests(OneServer one)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Made_key_works_and_its_secret_is_told_once()
    {
        await using var server = await ServerFixture.StartAsync();
        using var admin = server.Client();

        var made = await PostAsync(admin, "/api/keys", new { name = "CI", role = "submit", limits = new { requests_per_minute = 60, max_priority = 3 } }, 201);
        string secret = made.GetProperty("secret").GetString()!;
        var listed = await admin.GetFromJsonAsync<JsonElement>("/api/keys", Cancellation);
        using var client = server.Client(secret);
        using var models = await client.GetAsync("/v1/models", Cancellation);

        Assert.Equal(HttpStatusCode.OK, models.StatusCode);
        Assert.StartsWith("key_", made.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal("default", made.GetProperty("tenant").GetString());
        Assert.DoesNotContain(secret, listed.GetRawText(), StringComparison.Ordinal);
        var key = listed.GetProperty("data").EnumerateArray().Single(k => k.GetProperty("name").GetString() == "CI");
        Assert.Equal(60, key.GetProperty("limits").GetProperty("requests_per_minute").GetInt32());
        Assert.Equal(secret[..10], key.GetProperty("prefix").GetString());
        Assert.False(key.TryGetProperty("secret", out _));
    }

    [Theory]
    [InlineData("""{"role":"read"}""", "name", "invalid_value")]
    [InlineData("""{"name":"","role":"read"}""", "name", "invalid_value")]
    [InlineData("""{"name":"a\nb","role":"read"}""", "name", "invalid_value")]
    [InlineData("""{"name":"x","role":"root"}""", "role", "invalid_value")]
    [InlineData("""{"name":"x","role":"read","tenant":"tenant_none"}""", "tenant", "unknown_tenant")]
    [InlineData("""{"name":"x","role":"read","expires_at":1000}""", "expires_at", "invalid_value")]
    [InlineData("""{"name":"x","role":"read","expires_at":1e300}""", "expires_at", "invalid_value")]
    [InlineData("""{"name":"x","role":"read","limits":{"requests_per_minute":0}}""", "limits.requests_per_minute", "invalid_value")]
    [InlineData("""{"name":"x","role":"read","limits":{"max_priority":11}}""", "limits.max_priority", "invalid_value")]
    [InlineData("""{"name":"x","role":"read","colour":"red"}""", null, "invalid_json")]
    [InlineData("""{"name":1,"role":"read"}""", "name", "invalid_json")]
    [InlineData("""[]""", null, "invalid_json")]
    [InlineData("""null""", null, "invalid_json")]
    [InlineData("""{"name":""", null, "invalid_json")]
    public async Task Wrong_key_is_refused_naming_the_field(string body, string? param, string code)
    {
        using var admin = one.Server.Client();

        using var response = await admin.PostAsync("/api/keys", new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);

        var error = await response.ShouldRefuseAsync(400, code);
        if (param is not null)
            Assert.Equal(param, error.GetProperty("param").GetString());
    }

    [Fact]
    public async Task Keys_and_tenants_are_for_administrators_only()
    {
        using var client = one.Server.Client(await one.Server.NewKeyAsync(Role.Submit));

        foreach (string path in new[] { "/api/keys", "/api/tenants" })
        {
            using var get = await client.GetAsync(path, Cancellation);
            using var post = await client.PostAsJsonAsync(path, new { name = "x", role = "admin" }, Cancellation);
            await get.ShouldRefuseAsync(403, "insufficient_role");
            await post.ShouldRefuseAsync(403, "insufficient_role");
        }
    }

    [Fact]
    public async Task Rotated_key_goes_on_for_the_overlap_and_can_still_be_revoked()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        await using var server = await ServerFixture.StartAsync(new() { Time = time });
        using var admin = server.Client();
        var first = await PostAsync(admin, "/api/keys", new { name = "robot", role = "read" }, 201);

        var second = await PostAsync(admin, $"/api/keys/{Id(first)}/rotate", new { overlap_seconds = 60 }, 201);
        var third = await PostAsync(admin, $"/api/keys/{Id(second)}/rotate", new { overlap_seconds = 3600 }, 201);

        await AssertStatusAsync(server, first, 200);
        await AssertStatusAsync(server, second, 200);
        await AssertStatusAsync(server, third, 200);
        Assert.Equal("robot", third.GetProperty("name").GetString());
        time.Advance(TimeSpan.FromSeconds(60));
        await AssertStatusAsync(server, first, 401);
        await AssertStatusAsync(server, second, 200);
        using var revoked = await admin.DeleteAsync($"/api/keys/{Id(second)}", Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        await AssertStatusAsync(server, second, 401);
        await AssertStatusAsync(server, third, 200);
    }

    [Fact]
    public async Task Key_rotated_without_overlap_ends_at_once()
    {
        var server = one.Server;
        using var admin = server.Client();
        var first = await PostAsync(admin, "/api/keys", new { name = "robot", role = "read" }, 201);

        var second = await PostAsync(admin, $"/api/keys/{Id(first)}/rotate", new { }, 201);

        await AssertStatusAsync(server, first, 401);
        await AssertStatusAsync(server, second, 200);
    }

    [Fact]
    public async Task Last_administrators_key_cannot_be_revoked_but_rotated()
    {
        await using var server = await ServerFixture.StartAsync();
        using var admin = server.Client();
        var keys = await admin.GetFromJsonAsync<JsonElement>("/api/keys", Cancellation);
        string id = Id(keys.GetProperty("data")[0]);

        using var refused = await admin.DeleteAsync($"/api/keys/{id}", Cancellation);
        var rotated = await PostAsync(admin, $"/api/keys/{id}/rotate", new { overlap_seconds = 0 }, 201);

        await refused.ShouldRefuseAsync(409, "last_admin_key");
        await AssertStatusAsync(server, rotated, 200);
    }

    [Fact]
    public async Task Unknown_key_cannot_be_revoked_or_rotated()
    {
        using var admin = one.Server.Client();

        using var revoked = await admin.DeleteAsync("/api/keys/key_none", Cancellation);
        using var rotated = await admin.PostAsJsonAsync("/api/keys/key_none/rotate", new { overlap_seconds = 1 }, Cancellation);

        await revoked.ShouldRefuseAsync(404, "not_found");
        await rotated.ShouldRefuseAsync(404, "not_found");
    }

    [Fact]
    public async Task Tenant_is_made_changed_and_given_keys()
    {
        await using var server = await ServerFixture.StartAsync();
        using var admin = server.Client();

        var made = await PostAsync(admin, "/api/tenants", new { name = "Studio A", weight = 2.5 }, 201);
        var changed = await PostAsync(admin, "/api/tenants", new { id = Id(made), name = "Studio B", weight = 1 }, 200);
        var key = await PostAsync(admin, "/api/keys", new { name = "k", role = "submit", tenant = Id(made) }, 201);
        var listed = await admin.GetFromJsonAsync<JsonElement>("/api/tenants", Cancellation);

        Assert.Equal(Id(made), key.GetProperty("tenant").GetString());
        Assert.Equal("Studio B", changed.GetProperty("name").GetString());
        Assert.Equal(["default", Id(made)], listed.GetProperty("data").EnumerateArray().Select(Id).Order(StringComparer.Ordinal));
        using var wrong = await admin.PostAsJsonAsync("/api/tenants", new { name = "x", weight = 0 }, Cancellation);
        await wrong.ShouldRefuseAsync(400, "invalid_value");
    }

    private static string Id(JsonElement thing) => thing.GetProperty("id").GetString()!;

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, object body, int status)
    {
        using var response = await client.PostAsJsonAsync(path, body, Cancellation);
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True((int)response.StatusCode == status, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task AssertStatusAsync(ServerFixture server, JsonElement made, int status)
    {
        using var client = server.Client(made.GetProperty("secret").GetString());
        using var response = await client.GetAsync("/v1/models", Cancellation);
        Assert.Equal(status, (int)response.StatusCode);
    }
}
