using Gesso.Platform;
using Gesso.Platform.Metering;
using Gesso.Server.Auth;
using Gesso.Server.Auth.Accounts;
using Gesso.Server.Automatic1111;
using Gesso.Server.Errors;
using Gesso.Server.Fetching;
using Gesso.Server.Health;
using Gesso.Server.Jobs;
using Gesso.Server.Limits;
using Gesso.Server.Maintenance;
using Gesso.Server.Metrics;
using Gesso.Server.Native;
using Gesso.Server.OpenAi;
using Gesso.Server.OpenApi;
using Gesso.Server.Security;
using Gesso.Server.Studio;
using Gesso.Server.Telemetry;
using Gesso.Server.Webhooks;

namespace Gesso.Server.Hosting;

/// <summary>Puts a server together: the services of each folder, then the order in which a request passes them.</summary>
public static class ServerHost
{
    /// <param name="options">Validated.</param>
    /// <param name="stores">Open; the caller disposes them after the server.</param>
    /// <param name="time">The clock of everything.</param>
    /// <param name="configure">Changes before the build: log sinks, test services.</param>
    public static WebApplication Build(ServerOptions options, PlatformStores stores, TimeProvider time, Action<WebApplicationBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(stores);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "Gesso.Server", ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseListening(options);
        AddStores(builder.Services, stores with { Jobs = new MeteredJobStore(stores.Jobs, time) });
        builder.Services.AddSingleton(options).AddSingleton(time).AddSingleton<SortableId>()
            .AddErrors()
            .AddSecurity()
            .AddAuth(options)
            .AddLimits()
            .AddFetching()
            .AddJobs()
            .AddOpenAi()
            .AddNative()
            .AddAutomatic1111()
            .AddApiDocument()
            .AddWebhooks()
            .AddMaintenance(options)
            .AddHealth(options)
            .AddMetricsPage()
            .AddTelemetry(options);
        configure?.Invoke(builder);
        var app = builder.Build();
        Use(app);
        Map(app);
        return app;
    }

    private static void AddStores(IServiceCollection services, PlatformStores stores) => services.AddSingleton(stores)
        .AddSingleton(stores.Jobs).AddSingleton(stores.Progress).AddSingleton(stores.Signal).AddSingleton(stores.Catalog).AddSingleton(stores.Assets)
        .AddSingleton(stores.Accounts).AddSingleton(stores.Workers).AddSingleton(stores.Webhooks);

    /// <summary>From outside to inside: what every answer gets, what every request must pass, who sent it, how much of that is left.</summary>
    private static void Use(WebApplication app)
    {
        app.UseHealth();
        app.UseTelemetry();
        app.UseRequestMeter();
        app.UseSecurityHeaders();
        app.UseErrors();
        app.UseTrustedProxies();
        app.UseMetricsAddress();
        app.UseSecurity();
        app.UseStudio();
        app.UseRouting();
        app.UseAuth();
        app.UseLimits();
    }

    private static void Map(WebApplication app)
    {
        app.MapMetrics();
        app.MapAccounts();
        app.MapOpenAi();
        app.MapNative();
        app.MapAutomatic1111();
        app.MapApiDocument();
    }
}
