using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gesso.Server.OpenApi;

/// <summary>The document as text, made once: it is open to everybody and takes a while to make.</summary>
internal sealed class ApiDocument([FromKeyedServices(ApiDocument.Name)] IOpenApiDocumentProvider provider)
{
    public const string Name = "v1";

    private readonly Lazy<Task<byte[]>> _text = new(() => WriteAsync(provider));

    public async Task ShowAsync(HttpContext context)
    {
        byte[] text = await _text.Value.ConfigureAwait(false);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = text.Length;
        await context.Response.BodyWriter.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<byte[]> WriteAsync(IOpenApiDocumentProvider provider)
    {
        var document = await provider.GetOpenApiDocumentAsync().ConfigureAwait(false);
        using MemoryStream text = new();
        await document.SerializeAsJsonAsync(text, OpenApiSpecVersion.OpenApi3_1).ConfigureAwait(false);
        return text.ToArray();
    }
}
