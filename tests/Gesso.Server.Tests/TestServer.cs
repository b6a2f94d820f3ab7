using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Server.Auth;
using Gesso.Server.Hosting;
using Gesso.Storage;
using Gesso.Storage.Assets;
using Gesso.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gesso.Server.Tests;

/// <summary>A whole server: real Kestrel on a free port, real SQLite in a folder of its own, an administrator's key. Tests add endpoints by <c>map</c>.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly TestFolder _folder;
    private readonly GessoDatabase _database;
    private readonly WebApplication _app;

    private TestServer(TestFolder folder, GessoDatabase database, PlatformStores stores, WebApplication app, string key)
    {
        (_folder, _database, Stores, _app, Key) = (folder, database, stores, app, key);
        Urls = [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a))];
        Anonymous = new HttpClient { BaseAddress = Urls[0] };
        Client = WithKey(key);
    }

    public PlatformStores Stores { get; }

    /// <summary>The secret of an administrator's key.</summary>
    public string Key { get; }

    public IReadOnlyList<Uri> Urls { get; }

    /// <summary>Sends the administrator's key.</summary>
    public HttpClient Client { get; }

    public HttpClient Anonymous { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<TestServer> StartAsync(
        Func<ServerOptions, ServerOptions>? change = null,
        Action<WebApplication>? map = null,
        TimeProvider? time = null,
        Action<WebApplicationBuilder>? configure = null,
        Func<PlatformStores, PlatformStores>? stores = null)
    {
        time ??= new SteadyClock();
        TestFolder folder = new();
        ServerOptions options = new() { Urls = "http://127.0.0.1:0", Data = folder.Path, Workers = 0 };
        options = (change?.Invoke(options) ?? options).Validate();
        var database = await GessoDatabase.OpenAsync(options.DatabaseOrDefault, options.Scheduling, time, TestContext.Current.CancellationToken);
        var opened = database.With(AssetStores.Open(options.AssetsOrDefault, time));
        var key = await FirstKey.EnsureAsync(opened.Accounts, SecretFile.LoadOrCreate(options), time, TestContext.Current.CancellationToken);
        opened = stores?.Invoke(opened) ?? opened;
        var app = ServerHost.Build(options, opened, time, builder =>
        {
            builder.Logging.ClearProviders();
            configure?.Invoke(builder);
        });
        map?.Invoke(app);
        try
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            await database.DisposeAsync();
            folder.Dispose();
            throw;
        }
        return new TestServer(folder, database, opened, app, key!.Text);
    }

    public HttpClient WithKey(string key)
    {
        HttpClient client = new() { BaseAddress = Urls[0] };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Makes a key by the API.</summary>
    /// <returns>Its id and secret.</returns>
    public async Task<(string Id, string Secret)> CreateKeyAsync(Role role, object? limits = null, string? tenant = null, double? expiresAt = null)
    {
        var body = new { name = "test", role = role.ToString().ToLowerInvariant(), limits, tenant, expires_at = expiresAt };
        using var response = await Client.PostAsJsonAsync("/api/keys", body, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.Created, response.StatusCode);
        var made = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        return (made.GetProperty("id").GetString()!, made.GetProperty("secret").GetString()!);
    }

    /// <summary>Ends as SIGTERM does.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Anonymous.Dispose();
        using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(500));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>What is asserted of refused requests.</summary>
internal static class Refusals
{
    /// <summary>The status, the code in the envelope, and that the answer tells whether to try again.</summary>
    public static async Task<JsonElement> ShouldRefuse(this HttpResponseMessage response, int status, string code)
    {
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode == status, $"expected {status} {code}, got {(int)response.StatusCode}: {body}");
        var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(status == 429 || status >= 500 ? "true" : "false", response.Headers.GetValues("x-should-retry").Single());
        Assert.NotEmpty(response.Headers.GetValues("x-request-id").Single());
        return error;
    }
}
