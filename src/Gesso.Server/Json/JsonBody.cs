using System.Buffers;
using System.Text;
using System.Text.Json;
using Gesso.Server.Errors;

namespace Gesso.Server.Json;

/// <summary>Reads JSON of callers; what is not JSON is answered with the place where it stops being so.</summary>
internal static class JsonBody
{
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 32 };

    /// <summary>The whole body as one JSON value.</summary>
    /// <exception cref="ApiException">400 <c>invalid_json</c>, 413 <c>body_too_large</c>, 415.</exception>
    public static async Task<JsonElement> ReadAsync(HttpRequest request, long limit, CancellationToken cancellation)
    {
        // a body without a type is taken as JSON
        if (request.ContentType is { Length: > 0 } type && !request.HasJsonContentType())
        {
            throw new ApiException(
                415, new ApiError($"content-type: expected application/json, got {Shown.Cut(type)}.", "invalid_request_error", null, "unsupported_media_type"));
        }
        var reader = request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(cancellation).ConfigureAwait(false);
            bool isWhole = result.IsCompleted || result.Buffer.Length > limit;
            try
            {
                if (result.Buffer.Length > limit)
                    throw TooLarge(limit);
                if (isWhole)
                    return Parse(result.Buffer, "body");
            }
            finally
            {
                reader.AdvanceTo(isWhole ? result.Buffer.End : result.Buffer.Start, result.Buffer.End);
            }
        }
    }

    /// <param name="text">JSON within another field.</param>
    /// <param name="path">The field's name.</param>
    public static JsonElement Parse(string text, string path) => Parse(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)), path);

    /// <param name="json">Copied: the buffer may go afterwards.</param>
    /// <param name="path">What it is, for messages.</param>
    public static JsonElement Parse(in ReadOnlySequence<byte> json, string path)
    {
        string? param = path == "body" ? null : path;
        if (json.IsEmpty)
            throw ApiException.Invalid(param, "invalid_json", $"{path}: expected JSON, got nothing.");
        try
        {
            Utf8JsonReader reader = new(json, s_options);
            var value = JsonElement.ParseValue(ref reader);
            _ = reader.Read();                                                              // refuses what stands behind the value
            return value;
        }
        catch (JsonException e)
        {
            int end = e.Message.IndexOf(" LineNumber", StringComparison.Ordinal);
            string reason = end > 0 ? e.Message[..end] : e.Message;
            string place = $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}";
            throw ApiException.Invalid(param, "invalid_json", $"{path}: expected JSON, got something else: {reason} ({place})");
        }
    }

    public static ApiException TooLarge(long limit) =>
        new(413, new ApiError($"body: expected at most {limit} bytes, got more. Send less at a time; the server's limits:maxBodyBytes may be set higher.", "invalid_request_error", null, "body_too_large"));
}
