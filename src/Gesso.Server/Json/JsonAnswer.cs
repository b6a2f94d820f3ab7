using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gesso.Server.Json;

/// <summary>Answers in JSON, given up when the caller is gone.</summary>
internal static class JsonAnswer
{
    private const string ContentType = "application/json; charset=utf-8";

    /// <summary>In one piece, with its length: a chunked answer costs a second message on the wire.</summary>
    public static async Task AnswerAsync<T>(this HttpContext context, T answer, JsonTypeInfo<T> info, int status = StatusCodes.Status200OK)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(answer, info);
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Piece by piece, for answers that should not be in memory twice.</summary>
    public static Task StreamAsync<T>(this HttpContext context, T answer, JsonTypeInfo<T> info) =>
        context.Response.WriteAsJsonAsync(answer, info, contentType: null, context.RequestAborted);
}
