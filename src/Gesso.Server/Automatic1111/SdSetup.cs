using Gesso.Platform.Accounts;
using Gesso.Server.Auth;

namespace Gesso.Server.Automatic1111;

/// <summary>The part of AUTOMATIC1111's interface that Open WebUI and SillyTavern call.</summary>
internal static class SdSetup
{
    public static IServiceCollection AddAutomatic1111(this IServiceCollection services) => services
        .AddSingleton<SdFields>()
        .AddSingleton<SdMapping>()
        .AddSingleton<SdSessions>()
        .AddSingleton<SdEndpoints>()
        .AddSingleton<SdListEndpoints>();

    public static WebApplication MapAutomatic1111(this WebApplication app)
    {
        var draw = app.Services.GetRequiredService<SdEndpoints>();
        var lists = app.Services.GetRequiredService<SdListEndpoints>();
        var api = app.MapGroup("/sdapi/v1");
        api.MapPost("/txt2img", draw.TextToImageAsync).RequireRole(Role.Submit);
        api.MapPost("/img2img", draw.ImageToImageAsync).RequireRole(Role.Submit);
        api.MapGet("/progress", draw.ProgressAsync).RequireRole(Role.Read);
        api.MapPost("/interrupt", draw.InterruptAsync).RequireRole(Role.Submit);
        api.MapPost("/skip", draw.InterruptAsync).RequireRole(Role.Submit);
        api.MapGet("/options", lists.OptionsAsync).RequireRole(Role.Read);
        api.MapPost("/options", lists.SetOptionsAsync).RequireRole(Role.Read);
        api.MapGet("/sd-models", lists.ModelsAsync).RequireRole(Role.Read);
        api.MapGet("/samplers", lists.SamplersAsync).RequireRole(Role.Read);
        api.MapGet("/schedulers", lists.SchedulersAsync).RequireRole(Role.Read);
        api.MapGet("/upscalers", lists.UpscalersAsync).RequireRole(Role.Read);
        api.MapGet("/latent-upscale-modes", lists.NoNamesAsync).RequireRole(Role.Read);
        api.MapGet("/sd-vae", lists.NoNamesAsync).RequireRole(Role.Read);
        api.MapGet("/loras", lists.NoNamesAsync).RequireRole(Role.Read);
        api.MapPost("/png-info", lists.PngInfoAsync).RequireRole(Role.Read);
        return app;
    }
}
