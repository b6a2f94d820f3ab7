using Gesso.Contracts.Images;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Server.Pictures;

namespace Gesso.Server.Workers;

/// <summary>The picture of the null engine: 8×8 pixels, the same for every job, whole and valid in each format.</summary>
internal static class NullPictures
{
    private static readonly ImageSize s_size = new(8, 8);

    private static readonly File s_png = Of(
        PictureFormat.Png,
        "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAA3NCSVQICAjb4U/gAAAAGUlEQVQImWOs6NnCw8CAiVgYOBiwgsEpAQCzbwJiYbpCFwAAAABJRU5ErkJggg==");

    private static readonly File s_jpeg = Of(
        PictureFormat.Jpeg,
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAoHBwgHBgoICAgLCgoLDhgQDg0NDh0VFhEYIx8lJCIfIiEmKzcvJik0KSEiMEExNDk7Pj4+JS5ESUM8SDc9Pjv/2wBDAQoLCw4NDhwQEBw7KCIo"
        + "Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozv/wAARCAAIAAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAb/xAAXEAEBAQEAAAAAAAAA"
        + "AAAAAAAABCEx/8QAFQEBAQAAAAAAAAAAAAAAAAAAAAH/xAAaEQACAgMAAAAAAAAAAAAAAAAAAgEDBBET/9oADAMBAAIRAxEAPwCgmj5gA9jbLjWNzg//2Q==");

    private static readonly File s_webp = Of(PictureFormat.Webp, "UklGRjYAAABXRUJQVlA4ICoAAADQAQCdASoIAAgAAoBCJQBOgCHhgNngAAD+ZexFBHTRDpNrrw/LuApAAAA=");

    public static IEnumerable<byte[]> Files => [s_png.Bytes, s_jpeg.Bytes, s_webp.Bytes];

    /// <summary>What a job shows while it pretends to draw.</summary>
    public static byte[] Preview => s_jpeg.Bytes;

    public static JobPicture Picture(ImageJob work, int index)
    {
        var file = work.Format switch
        {
            PictureFormat.Jpeg => s_jpeg,
            PictureFormat.Webp => s_webp,
            _ => s_png,
        };
        return new JobPicture(index, file.Asset, file.MediaType, s_size, file.Bytes.Length, new Seed(work.Seed).Next(index).Value);
    }

    private static File Of(PictureFormat format, string base64)
    {
        byte[] bytes = Convert.FromBase64String(base64);
        return new File(bytes, AssetKey.Of(bytes), PictureFormats.MediaType(format));
    }

    private sealed record File(byte[] Bytes, AssetKey Asset, string MediaType);
}
