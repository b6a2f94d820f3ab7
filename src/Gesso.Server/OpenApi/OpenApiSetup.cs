using System.Text.Json;
using System.Text.Json.Serialization;
using Gesso.Server.Hosting;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gesso.Server.OpenApi;

/// <summary>
/// GET /openapi/v1.json: the whole interface, described from what the endpoints read and write. docs/openapi.json is a copy, kept equal by a test.
/// </summary>
internal static class OpenApiSetup
{
    private const string Scheme = "key";

    public static IServiceCollection AddApiDocument(this IServiceCollection services)
    {
        // the shapes of answers are read off the types by the names they have on the wire
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        return services.AddSingleton<ApiDocument>().AddOpenApi(ApiDocument.Name, document =>
        {
            document.AddOperationTransformer<OperationFields>();
            document.AddDocumentTransformer(Describe);
        });
    }

    public static WebApplication MapApiDocument(this WebApplication app)
    {
        app.MapGet($"/openapi/{ApiDocument.Name}.json", app.Services.GetRequiredService<ApiDocument>().ShowAsync);
        return app;
    }

    private static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Gesso",
            Version = ServerVersion.Text,
            Description = "Pictures from FLUX models on your own machines. /v1 is OpenAI's images interface, /api is Gesso's own (jobs, events, pictures), "
                + "/sdapi is the part of AUTOMATIC1111's that clients call.",
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.AddComponent<IOpenApiSecurityScheme>(Scheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "An API key: Authorization: Bearer gsk_…; also the header api-key, and below /sdapi the password of HTTP Basic.",
        });
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
        return Task.CompletedTask;
    }
}
