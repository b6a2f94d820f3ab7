using Gesso.Platform;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Security;

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
        builder.Services.AddSingleton(options).AddSingleton(time).AddSingleton(stores)
            .AddSingleton(stores.Jobs).AddSingleton(stores.Progress).AddSingleton(stores.Signal).AddSingleton(stores.Catalog).AddSingleton(stores.Assets)
            .AddSingleton(stores.Accounts).AddSingleton(stores.Workers).AddSingleton(stores.Webhooks)
            .AddSecurity()
            .AddAuth(options);
        configure?.Invoke(builder);
        var app = builder.Build();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseRouting();
        app.UseAuth();
        return app;
    }
}
