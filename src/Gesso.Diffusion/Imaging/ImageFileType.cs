namespace Gesso.Diffusion.Imaging;

/// <summary>Types of files that pictures are written as.</summary>
public enum ImageFileType
{
    Png,
    Jpeg,
    Webp,
}

/// <summary>Media types of <see cref="ImageFileType"/>.</summary>
public static class ImageMediaTypes
{
    private static readonly (ImageFileType Type, string MediaType)[] Known =
    [
        (ImageFileType.Png, "image/png"), (ImageFileType.Jpeg, "image/jpeg"), (ImageFileType.Webp, "image/webp"),
    ];

    public static IEnumerable<string> All => Known.Select(k => k.MediaType);

    public static string Of(ImageFileType type) => Known.First(k => k.Type == type).MediaType;

    /// <summary>Null for a type that is not written.</summary>
    public static ImageFileType? Parse(string mediaType)
    {
        foreach (var (type, known) in Known)
        {
            if (string.Equals(known, mediaType, StringComparison.OrdinalIgnoreCase))
                return type;
        }
        return null;
    }
}
