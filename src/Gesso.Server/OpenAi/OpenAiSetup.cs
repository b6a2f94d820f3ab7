using Gesso.Platform.Accounts;
using Gesso.Server.Auth;

namespace Gesso.Server.OpenAi;

/// <summary>The OpenAI images interface: what any OpenAI SDK calls with nothing changed but the base address.</summary>
internal static class OpenAiSetup
{
    public static IServiceCollection AddOpenAi(this IServiceCollection services) => services
        .AddSingleton<ImageFields>()
        .AddSingleton<ImageMapping>()
        .AddSingleton<ImageSources>()
        .AddSingleton<ImageAnswers>()
        .AddSingleton<ImageEndpoints>()
        .AddSingleton<ModelEndpoints>();

    public static WebApplication MapOpenAi(this WebApplication app)
    {
        var images = app.Services.GetRequiredService<ImageEndpoints>();
        var draw = app.MapGroup("/v1/images").RequireRole(Role.Submit);
        draw.MapPost("/generations", images.GenerateAsync);
        draw.MapPost("/edits", images.EditAsync);
        draw.MapPost("/variations", images.VaryAsync);
        var models = app.Services.GetRequiredService<ModelEndpoints>();
        var look = app.MapGroup("/v1/models").RequireRole(Role.Read);
        look.MapGet("", models.ListAsync);
        look.MapGet("/{**id}", models.ShowAsync);
        return app;
    }
}
