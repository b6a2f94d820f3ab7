using Gesso.Platform.Jobs;

namespace Gesso.Server.Pictures;

/// <summary>Picture formats by their names on the wire.</summary>
internal static class PictureFormats
{
    public static IReadOnlyList<string> Names { get; } = ["png", "jpeg", "webp"];

    public static PictureFormat Parse(string? name) => name switch
    {
        "jpeg" => PictureFormat.Jpeg,
        "webp" => PictureFormat.Webp,
        _ => PictureFormat.Png,
    };

    public static string NameOf(PictureFormat format) => format switch
    {
        PictureFormat.Jpeg => "jpeg",
        PictureFormat.Webp => "webp",
        _ => "png",
    };

    public static string MediaType(PictureFormat format) => "image/" + NameOf(format);

    /// <summary>image/png → png.</summary>
    public static string NameOf(string mediaType) => mediaType.StartsWith("image/", StringComparison.Ordinal) ? mediaType["image/".Length..] : mediaType;
}
