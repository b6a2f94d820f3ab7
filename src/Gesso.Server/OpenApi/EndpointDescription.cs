using Gesso.Server.Json;

namespace Gesso.Server.OpenApi;

/// <summary>What an endpoint reads, for the OpenAPI document: the very fields it reads by.</summary>
/// <param name="Json">A JSON body; null: none.</param>
/// <param name="Form">A multipart form; null: none.</param>
/// <param name="Lines">JSON lines, each with these fields; null: none.</param>
/// <param name="Query">The query string; null: nothing in it.</param>
/// <param name="IsPicture">The body may be a picture file itself.</param>
internal sealed record EndpointFields(FieldSet? Json = null, FieldSet? Form = null, FieldSet? Lines = null, FieldSet? Query = null, bool IsPicture = false);

/// <summary>Maps endpoints together with what the OpenAPI document says of them.</summary>
internal static class EndpointDescription
{
    /// <param name="routes">Where.</param>
    /// <param name="method">GET, POST or DELETE.</param>
    /// <param name="pattern">The path.</param>
    /// <param name="handler">Reads and answers by itself.</param>
    /// <param name="summary">One sentence.</param>
    /// <param name="fields">What it reads.</param>
    public static IEndpointConventionBuilder Map(
        this IEndpointRouteBuilder routes, string method, string pattern, RequestDelegate handler, string summary, EndpointFields? fields = null)
    {
        // the document leaves out endpoints whose method it does not know
        var endpoint = routes.MapMethods(pattern, [method], handler).WithMetadata(handler.Method).WithSummary(summary);
        return fields is null ? endpoint : endpoint.WithMetadata(fields);
    }

    public static IEndpointConventionBuilder Answers<T>(this IEndpointConventionBuilder endpoint, int status = 200, string type = "application/json") =>
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(T), [type]));

    public static IEndpointConventionBuilder Answers(this IEndpointConventionBuilder endpoint, int status, params string[] types) =>
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, null, types));
}
