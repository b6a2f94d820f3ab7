using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Gesso.Platform.Assets;

/// <summary>Names a file by its content: SHA-256, 64 lower-case hexadecimal digits.</summary>
public readonly record struct AssetKey(string Sha256)
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    public static AssetKey Of(ReadOnlySpan<byte> content) => new(Convert.ToHexStringLower(SHA256.HashData(content)));

    public static bool TryParse([NotNullWhen(true)] string? text, out AssetKey key)
    {
        key = new AssetKey(text ?? "");
        return key.Sha256.Length == 64 && !key.Sha256.AsSpan().ContainsAnyExcept(Digits);
    }

    public override string ToString() => Sha256;
}
