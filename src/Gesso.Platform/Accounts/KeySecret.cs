using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Gesso.Platform.Accounts;

/// <summary>
/// The secret of an API key: <c>gsk_</c> and 256 random bits. It is shown once; stored is an HMAC-SHA-256 under the server's pepper, which a random secret
/// of this length needs no slow hash for.
/// </summary>
public sealed record KeySecret
{
    private const string Start = "gsk_";
    private const int PrefixLength = 10;
    private const int Length = 47;

    private KeySecret(string text) => Text = text;

    /// <summary>The secret itself: never logged, never stored.</summary>
    public string Text { get; }

    /// <summary>Enough to tell keys apart, too little to use.</summary>
    public string Prefix => Text[..PrefixLength];

    public static KeySecret New() => new(Start + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    /// <summary>Whether the text could be a key at all, before anything is looked up.</summary>
    public static bool IsWellFormed(string? text) => text is { Length: Length } && text.StartsWith(Start, StringComparison.Ordinal);

    /// <param name="text">As it came in a header.</param>
    /// <param name="pepper">32 bytes that live outside the database.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Hash(string text, ReadOnlySpan<byte> pepper) => HMACSHA256.HashData(pepper, Encoding.UTF8.GetBytes(text));

    public override string ToString() => Prefix + "…";
}
