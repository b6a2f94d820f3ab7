using Gesso.Server.Auth.Accounts;
using Gesso.Server.Hosting;

namespace Gesso.Server.Auth;

/// <summary>Who calls, and what they may.</summary>
internal static class AuthSetup
{
    public static IServiceCollection AddAuth(this IServiceCollection services, ServerOptions options) => services
        .AddSingleton(SecretFile.LoadOrCreate(options))
        .AddSingleton<KeyDirectory>()
        .AddSingleton<KeyMaker>()
        .AddSingleton<KeyUse>()
        .AddHostedService(provider => provider.GetRequiredService<KeyUse>());

    public static WebApplication UseAuth(this WebApplication app)
    {
        app.UseMiddleware<AuthMiddleware>();
        return app;
    }
}
