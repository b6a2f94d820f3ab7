using Gesso.Server.Errors;

namespace Gesso.Server.Pictures;

/// <summary>Pictures written into JSON: <c>data:image/png;base64,…</c>, or base 64 alone where a dialect has it so.</summary>
internal static class DataUrl
{
    private const string Scheme = "data:";

    public static bool Matches(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="ApiException">400 <c>invalid_data_url</c>, <c>picture_too_large</c>.</exception>
    public static byte[] Decode(string param, string url, long maxBytes)
    {
        int comma = url.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0 || !url.AsSpan(0, comma).EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
            throw ApiException.Invalid(param, "invalid_data_url", $"{param}: expected data:image/png;base64,… with base 64 behind the comma.");
        return DecodeBase64(param, url.AsSpan(comma + 1), maxBytes);
    }

    /// <exception cref="ApiException">400 <c>invalid_base64</c>, <c>picture_too_large</c>.</exception>
    public static byte[] DecodeBase64(string param, ReadOnlySpan<char> base64, long maxBytes)
    {
        // checked before anything is allocated; line breaks within the text make the estimate up to 3 % too high
        long most = base64.Length / 4L * 3L;
        if (most > maxBytes + (maxBytes / 16) + 3)
            throw TooLarge(param, maxBytes);
        byte[] bytes = new byte[most + 3];
        if (!Convert.TryFromBase64Chars(base64, bytes, out int length))
            throw ApiException.Invalid(param, "invalid_base64", $"{param}: expected base 64, got text that is none.");
        if (length > maxBytes)
            throw TooLarge(param, maxBytes);
        Array.Resize(ref bytes, length);
        return bytes;
    }

    public static ApiException TooLarge(string param, long maxBytes) =>
        ApiException.Invalid(param, "picture_too_large", $"{param}: expected a picture file of at most {maxBytes} bytes, got more.");
}
