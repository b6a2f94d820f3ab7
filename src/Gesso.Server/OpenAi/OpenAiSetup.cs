using Gesso.Platform.Accounts;
using Gesso.Server.Auth;
using Gesso.Server.OpenApi;

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
        var fields = app.Services.GetRequiredService<ImageFields>();
        var draw = app.MapGroup("/v1/images").RequireRole(Role.Submit).WithTags("OpenAI");
        draw.Map("POST", "/generations", images.GenerateAsync, "Draw pictures.", new EndpointFields(Json: fields.Generation)).AnswersWithPictures();
        draw.Map("POST", "/edits", images.EditAsync, "Draw on a picture.", new EndpointFields(Json: fields.Edit, Form: fields.Edit)).AnswersWithPictures();
        draw.Map("POST", "/variations", images.VaryAsync, "Draw a picture like this one.", new EndpointFields(Form: fields.Variation)).AnswersWithPictures();
        var models = app.Services.GetRequiredService<ModelEndpoints>();
        var look = app.MapGroup("/v1/models").RequireRole(Role.Read).WithTags("OpenAI");
        look.Map("GET", "", models.ListAsync, "All names a request may use.").Answers<ModelList>();
        look.Map("GET", "/{**id}", models.ShowAsync, "One of them.").Answers<ModelObject>();
        return app;
    }

    private static void AnswersWithPictures(this IEndpointConventionBuilder endpoint) => endpoint.Answers<ImagesResponse>();
}
