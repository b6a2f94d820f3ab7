using System.Text.Json.Serialization.Metadata;

namespace Gesso.Server.Json;

/// <summary>Answers in JSON, given up when the caller is gone.</summary>
internal static class JsonAnswer
{
    public static Task AnswerAsync<T>(this HttpContext context, T answer, JsonTypeInfo<T> info, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(answer, info, contentType: null, context.RequestAborted);
    }
}
