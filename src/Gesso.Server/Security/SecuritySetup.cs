namespace Gesso.Server.Security;

/// <summary>What a request must look like before anybody cares who sent it.</summary>
internal static class SecuritySetup
{
    public static IServiceCollection AddSecurity(this IServiceCollection services) => services
        .AddSingleton<PictureUrls>()
        .AddSingleton<TrustedProxies>()
        .AddSingleton<ServerCertificate>()
        .AddHostedService<ExposureGuard>();

    /// <summary>Puts the client's address and host in place of a trusted proxy's; before anything looks at them.</summary>
    public static WebApplication UseTrustedProxies(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<TrustedProxies>();
        if (proxies.Any)
            app.UseForwardedHeaders(proxies.Options());
        return app;
    }

    public static WebApplication UseSecurityHeaders(this WebApplication app)
    {
        app.UseMiddleware<SecurityHeaders>();
        return app;
    }

    public static WebApplication UseSecurity(this WebApplication app)
    {
        app.UseMiddleware<HostCheck>();
        app.UseMiddleware<OriginCheck>();
        return app;
    }
}
