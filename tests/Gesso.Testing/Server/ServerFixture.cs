using System.Net.Http.Headers;
using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Server.Auth;
using Gesso.Server.Hosting;
using Gesso.Storage;
using Gesso.Storage.Assets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gesso.Testing.Server;

/// <summary>How a test wants its server.</summary>
public sealed record ServerFixtureOptions
{
    /// <summary>Draws at once.</summary>
    public const string Instant = "instant";

    /// <summary>Takes 10 steps of 30 ms a picture, so that there is something to watch.</summary>
    public const string Slow = "slow";

    /// <summary>Takes far longer than any test waits.</summary>
    public const string Endless = "endless";

    /// <summary>Changes the options of the server: limits, models, security.</summary>
    public Func<ServerOptions, ServerOptions>? Options { get; init; }

    /// <summary>Changes services before the build.</summary>
    public Action<WebApplicationBuilder>? Configure { get; init; }

    /// <summary>Adds endpoints of the test's own.</summary>
    public Action<WebApplication>? Map { get; init; }

    /// <summary>Puts something in front of the stores that the server works on.</summary>
    public Func<PlatformStores, PlatformStores>? Wrap { get; init; }

    /// <summary>The clock of server and stores; null: the real one.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>A folder that outlives the server, for restarts; null: one of its own that is deleted with it.</summary>
    public string? Data { get; init; }

    /// <summary>The address; port 0 takes a free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:0";
}

/// <summary>
/// A whole server in this process: real Kestrel on a port of its own, real SQLite, real files, models of the null engine, and an administrator's key.
/// </summary>
public sealed class ServerFixture : IAsyncDisposable
{
    private readonly TestFolder? _folder;
    private readonly GessoDatabase _database;

    private ServerFixture(TestFolder? folder, ServerOptions options, GessoDatabase database, PlatformStores stores, WebApplication app, TimeProvider time)
    {
        _folder = folder;
        _database = database;
        Options = options;
        Stores = stores;
        App = app;
        Time = time;
        Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public ServerOptions Options { get; }

    public PlatformStores Stores { get; }

    public WebApplication App { get; }

    public TimeProvider Time { get; }

    /// <summary>Where it listens, without a path.</summary>
    public Uri Url { get; }

    /// <summary>The secret of an administrator's key of the tenant <c>default</c>; empty when the data folder had keys before.</summary>
    public string Key { get; private set; } = "";

    public static async Task<ServerFixture> StartAsync(ServerFixtureOptions? setup = null)
    {
        setup ??= new ServerFixtureOptions();
        var folder = setup.Data is null ? new TestFolder() : null;
        ServerOptions options = new()
        {
            Urls = setup.Url,
            Data = setup.Data ?? folder!.Path,
            Workers = 0,
            DefaultModel = ServerFixtureOptions.Instant,
            Models = new Dictionary<string, ModelOptions>
            {
                [ServerFixtureOptions.Instant] = new() { Engine = "null", Aliases = ["gpt-image-test"] },
                [ServerFixtureOptions.Slow] = new() { Engine = "null", NullSteps = 10, NullStepMilliseconds = 30 },
                [ServerFixtureOptions.Endless] = new() { Engine = "null", NullSteps = 1000, NullStepMilliseconds = 1000 },
            },
        };
        options = (setup.Options?.Invoke(options) ?? options).Validate();
        var time = setup.Time ?? new SteadyClock();
        Directory.CreateDirectory(options.Data);
        var database = await GessoDatabase.OpenAsync(options.DatabaseOrDefault, options.Scheduling, time);
        var stores = database.With(AssetStores.Open(options.AssetsOrDefault, time));
        stores = setup.Wrap?.Invoke(stores) ?? stores;
        var app = ServerHost.Build(options, stores, time, builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            setup.Configure?.Invoke(builder);
        });
        setup.Map?.Invoke(app);
        await app.StartAsync();
        ServerFixture fixture = new(folder, options, database, stores, app, time);
        fixture.Key = (await FirstKey.EnsureAsync(stores.Accounts, app.Services.GetRequiredService<ServerSecrets>(), time))?.Text ?? "";
        return fixture;
    }

    /// <summary>Makes a key; the tenant is made with it when it is new.</summary>
    /// <returns>Its secret.</returns>
    public async Task<string> NewKeyAsync(Role role = Role.Submit, string tenant = "default", KeyLimits? limits = null, DateTimeOffset? expires = null)
    {
        var secret = KeySecret.New();
        var now = Time.GetUtcNow();
        TenantId id = new(tenant);
        if ((await Stores.Accounts.TenantsAsync()).All(t => t.Id != id))
            await Stores.Accounts.SaveAsync(new Tenant(id, tenant, 1, now));
        ApiKey key = new()
        {
            Id = new SortableId(Time).NewKey(),
            Tenant = id,
            Name = $"{role} of {tenant}",
            Prefix = secret.Prefix,
            Role = role,
            Limits = limits ?? new KeyLimits(),
            Created = now,
            Expires = expires,
        };
        await Stores.Accounts.AddAsync(key, KeySecret.Hash(secret.Text, App.Services.GetRequiredService<ServerSecrets>().Pepper));
        return secret.Text;
    }

    /// <summary>A client that sends a key with everything; null: the administrator's. An empty one sends none.</summary>
    public HttpClient Client(string? key = null)
    {
        HttpClient client = new() { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(60) };
        if ((key ?? Key) is { Length: > 0 } secret)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (!App.Lifetime.ApplicationStopped.IsCancellationRequested)
            await App.StopAsync();
        await App.DisposeAsync();
        await _database.DisposeAsync();
        _folder?.Dispose();
    }
}
