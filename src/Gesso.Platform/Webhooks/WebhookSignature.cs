using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gesso.Contracts.Errors;

namespace Gesso.Platform.Webhooks;

/// <summary>Signs as Standard Webhooks 1.0 does: <c>v1,</c> and base 64 of HMAC-SHA-256 over <c>id.timestamp.body</c>.</summary>
public static class WebhookSignature
{
    private const string SecretPrefix = "whsec_";

    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>The key's bytes, 24 to 64 of them.</summary>
    /// <exception cref="GessoException">InvalidRequest <c>bad_webhook_secret</c>.</exception>
    public static byte[] ParseSecret(string secret)
    {
        string text = secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret;
        byte[] key = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, key, out int length) || length is < 24 or > 64)
            throw GessoException.Invalid("bad_webhook_secret", "webhook.secret: expected whsec_ and base 64 of 24 to 64 bytes.");
        return key[..length];
    }

    /// <param name="secret">whsec_…</param>
    /// <param name="id">The message's id.</param>
    /// <param name="timestamp">Unix seconds of this try.</param>
    /// <param name="body">As sent.</param>
    /// <returns>The value of <c>webhook-signature</c>.</returns>
    public static string Sign(string secret, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, ParseSecret(secret));
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")));
        hmac.AppendData(body);
        return "v1," + Convert.ToBase64String(hmac.GetHashAndReset());
    }
}
