using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gesso.Platform;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;

namespace Gesso.Server.Security;

/// <summary>
/// Relative URLs that show one thing of one tenant to whoever holds them, until they expire: an HMAC over method, path, tenant and end, made with a key whose id
/// stands in the URL. Their end is rounded, so that a list asked for again names the same URLs and browsers find the pictures in their cache.
/// </summary>
public sealed class PictureUrls(ServerSecrets secrets, ServerOptions options, TimeProvider time)
{
    private const int MacBytes = 24;

    /// <param name="path">As the endpoint is reached: <c>/api/pictures/job_…-0/content</c>.</param>
    /// <param name="tenant">Whose picture it is.</param>
    /// <returns>The path with the signature; it works for at least half of <see cref="SecurityOptions.SignedUrlLifetime"/>.</returns>
    public string Sign(string path, TenantId tenant)
    {
        long half = Math.Max(1, (long)options.Security.SignedUrlLifetime.TotalSeconds / 2);
        long expires = ((time.GetUtcNow().ToUnixTimeSeconds() / half) + 2) * half;
        var key = secrets.UrlKeys[0];
        return string.Create(CultureInfo.InvariantCulture, $"{path}?tenant={tenant}&exp={expires}&sig={key.Id}.{Mac(key, path, tenant, expires)}");
    }

    internal bool IsSigned(HttpRequest request) => request.Query.ContainsKey("sig");

    /// <exception cref="ApiException">403 <c>invalid_signature</c> or <c>signature_expired</c>.</exception>
    internal TenantId Verify(HttpRequest request)
    {
        string sig = request.Query["sig"].ToString();
        TenantId tenant = new(request.Query["tenant"].ToString());
        int dot = sig.IndexOf('.', StringComparison.Ordinal);
        var key = dot < 0 ? null : secrets.UrlKeys.FirstOrDefault(k => k.Id == sig[..dot]);
        bool isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (key is null || !isRead || !long.TryParse(request.Query["exp"], NumberStyles.None, CultureInfo.InvariantCulture, out long expires))
            throw Invalid();
        byte[] expected = Encoding.ASCII.GetBytes(Mac(key, request.Path.Value ?? "", tenant, expires));
        if (!CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(sig[(dot + 1)..])))
            throw Invalid();
        return expires > time.GetUtcNow().ToUnixTimeSeconds()
            ? tenant
            : throw Refused("signature_expired", "This link has expired: ask the API for the picture again to get a new one.");
    }

    private static string Mac(UrlKey key, string path, TenantId tenant, long expires)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET\n{path}\n{tenant}\n{expires}"));
        return Base64Url.EncodeToString(HMACSHA256.HashData(key.Key, text).AsSpan(0, MacBytes));
    }

    private static ApiException Invalid() => Refused("invalid_signature", "The signature of this link is not valid: copy it whole, or send an API key.");

    private static ApiException Refused(string code, string message) => new(403, new ApiError(message, "permission_error", null, code));
}
