using System.Buffers.Text;
using System.Text;

namespace Gesso.Server.Auth;

/// <summary>
/// Finds the API key in a request: <c>Authorization: Bearer</c> (OpenAI), <c>api-key</c> (Azure OpenAI), and below /sdapi the password of HTTP Basic, which is
/// all that clients of AUTOMATIC1111 can send. Keys in query strings are not read: they would end up in logs and histories.
/// </summary>
internal static class Credential
{
    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";

    /// <summary>Null: the request carries none.</summary>
    public static string? Read(HttpRequest request)
    {
        var authorization = request.Headers.Authorization;
        if (authorization.Count == 1 && authorization[0] is { } value)
        {
            if (value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
                return value[Bearer.Length..].Trim();
            if (value.StartsWith(Basic, StringComparison.OrdinalIgnoreCase) && request.Path.StartsWithSegments("/sdapi"))
                return Password(value.AsSpan(Basic.Length).Trim());
        }
        var header = request.Headers["api-key"];
        return header.Count == 1 ? header[0]?.Trim() : null;
    }

    private static string? Password(ReadOnlySpan<char> encoded)
    {
        byte[] bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(encoded.Length)];
        if (!Convert.TryFromBase64Chars(encoded, bytes, out int length))
            return null;
        string pair = Encoding.UTF8.GetString(bytes, 0, length);
        int colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : pair[(colon + 1)..];
    }
}
