using Gesso.Platform.Accounts;
using Gesso.Server.Auth;
using Gesso.Server.OpenApi;

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
        var fields = app.Services.GetRequiredService<SdFields>();
        var api = app.MapGroup("/sdapi/v1").WithTags("AUTOMATIC1111");
        api.Map("POST", "/txt2img", draw.TextToImageAsync, "Draw pictures.", new EndpointFields(Json: fields.TextToImage))
            .Answers<SdImages>().RequireRole(Role.Submit);
        api.Map("POST", "/img2img", draw.ImageToImageAsync, "Draw on a picture.", new EndpointFields(Json: fields.ImageToImage))
            .Answers<SdImages>().RequireRole(Role.Submit);
        api.Map("GET", "/progress", draw.ProgressAsync, "How far this key's drawing is.").Answers<SdProgress>().RequireRole(Role.Read);
        api.Map("POST", "/interrupt", draw.InterruptAsync, "End this key's drawing.").Answers(200, "application/json").RequireRole(Role.Submit);
        api.Map("POST", "/skip", draw.InterruptAsync, "The same as interrupt.").Answers(200, "application/json").RequireRole(Role.Submit);
        api.Map("GET", "/options", lists.OptionsAsync, "The model of this key's next drawing.").Answers<SdOptions>().RequireRole(Role.Read);
        api.Map("POST", "/options", lists.SetOptionsAsync, "Choose it.", new EndpointFields(Json: SdFields.Options))
            .Answers(200, "application/json").RequireRole(Role.Read);
        api.Map("POST", "/png-info", lists.PngInfoAsync, "The texts a PNG carries.", new EndpointFields(Json: SdFields.PngInfo))
            .Answers<SdPngInfo>().RequireRole(Role.Read);
        var look = api.MapGroup("").RequireRole(Role.Read);
        look.Map("GET", "/sd-models", lists.ModelsAsync, "The models there are.").Answers<IReadOnlyList<SdModel>>();
        look.Map("GET", "/samplers", lists.SamplersAsync, "The samplers there are.").Answers<IReadOnlyList<SdSampler>>();
        look.Map("GET", "/schedulers", lists.SchedulersAsync, "One, because the schedule belongs to the model.").Answers<IReadOnlyList<SdScheduler>>();
        look.Map("GET", "/upscalers", lists.UpscalersAsync, "None.").Answers<IReadOnlyList<SdUpscaler>>();
        look.Map("GET", "/latent-upscale-modes", lists.NoNamesAsync, "None.").Answers<IReadOnlyList<SdName>>();
        look.Map("GET", "/sd-vae", lists.NoNamesAsync, "None.").Answers<IReadOnlyList<SdName>>();
        look.Map("GET", "/loras", lists.LorasAsync, "The adapters there are.").Answers<IReadOnlyList<SdLora>>();
        api.Map("POST", "/refresh-loras", SdListEndpoints.WriteNullAsync, "Nothing to do: workers look by themselves.").Answers(200, "application/json").RequireRole(Role.Read);
        return app;
    }
}
