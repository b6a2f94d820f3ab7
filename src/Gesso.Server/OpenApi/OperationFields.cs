using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gesso.Server.OpenApi;

/// <summary>Writes bodies, query strings, errors and roles into the operations of the document.</summary>
internal sealed class OperationFields : IOpenApiOperationTransformer
{
    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        foreach (var fields in metadata.OfType<EndpointFields>())
            Add(operation, fields);
        if (metadata.OfType<RoleRequirement>().FirstOrDefault() is not { } role)
        {
            operation.Security = [];
            return;
        }
        operation.Description = $"Asks for a key with the role {role.Role.ToString().ToLowerInvariant()}{(role.SignedUrl ? ", or a signed address" : "")}.";
        operation.Responses ??= [];
        OpenApiMediaType error = new() { Schema = new OpenApiSchemaReference(nameof(ErrorEnvelope), context.Document) };
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "What is wrong, and what to do.",
            Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = error },
        };
        if (context.Document is { } document && document.Components?.Schemas?.ContainsKey(nameof(ErrorEnvelope)) != true)
        {
            var schema = await context.GetOrCreateSchemaAsync(typeof(ErrorEnvelope), null, cancellationToken).ConfigureAwait(false);
            document.AddComponent<IOpenApiSchema>(nameof(ErrorEnvelope), schema);
        }
    }

    private static void Add(OpenApiOperation operation, EndpointFields fields)
    {
        Dictionary<string, OpenApiMediaType> content = [];
        if (fields.Json is { } json)
            content["application/json"] = new OpenApiMediaType { Schema = FieldSchemas.Of(json) };
        if (fields.Form is { } form)
            content["multipart/form-data"] = new OpenApiMediaType { Schema = FieldSchemas.Of(form) };
        if (fields.Lines is { } line)
            content["application/jsonl"] = new OpenApiMediaType { Schema = FieldSchemas.Of(line) };
        if (fields.IsPicture)
            content["image/*"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } };
        if (content.Count > 0)
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = content };
        foreach (var field in fields.Query?.Fields ?? [])
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(
                new OpenApiParameter { Name = field.Name, In = ParameterLocation.Query, Required = field.Required, Schema = FieldSchemas.Of(field) });
        }
    }
}
