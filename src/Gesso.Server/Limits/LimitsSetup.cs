using Gesso.Server.Auth;

namespace Gesso.Server.Limits;

/// <summary>How much a key may ask for.</summary>
internal static class LimitsSetup
{
    public static IServiceCollection AddLimits(this IServiceCollection services) => services.AddSingleton<RateLimits>();

    /// <summary>Counts every request that came with a key.</summary>
    public static WebApplication UseLimits(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<RateLimits>();
        app.Use((context, next) =>
        {
            if (context.Features.Get<Caller>() is not null)
                limits.TakeRequest(context);
            return next(context);
        });
        return app;
    }
}
