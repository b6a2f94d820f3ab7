namespace Gesso.Server.Errors;

/// <summary>One shape for every error.</summary>
internal static class ErrorsSetup
{
    public static IServiceCollection AddErrors(this IServiceCollection services) => services.AddSingleton<ErrorDescriber>();

    public static WebApplication UseErrors(this WebApplication app)
    {
        app.UseMiddleware<ErrorMiddleware>();
        return app;
    }
}
