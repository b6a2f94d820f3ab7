namespace Gesso.Server.Fetching;

/// <summary>Tells pictures by their first bytes; what a host calls them (Content-Type) is not asked.</summary>
internal static class PictureSignature
{
    /// <summary>Bytes needed to tell.</summary>
    public const int Length = 12;

    public static bool IsPicture(ReadOnlySpan<byte> start) => IsPng(start) || IsJpeg(start) || IsWebp(start);

    private static bool IsPng(ReadOnlySpan<byte> start) => start.StartsWith(Png);

    private static bool IsJpeg(ReadOnlySpan<byte> start) => start.StartsWith(Jpeg);

    private static bool IsWebp(ReadOnlySpan<byte> start) => start.Length >= Length && start.StartsWith("RIFF"u8) && start[8..].StartsWith("WEBP"u8);

    private static ReadOnlySpan<byte> Png => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private static ReadOnlySpan<byte> Jpeg => [0xFF, 0xD8, 0xFF];
}
