using Gesso.Contracts.Images;
using Gesso.Platform.Jobs;
using Gesso.Server.Pictures;
using Gesso.Server.Workers;

namespace Gesso.Server.Tests.Workers;

public sealed class NullPicturesTests
{
    [Theory]
    [InlineData(PictureFormat.Png)]
    [InlineData(PictureFormat.Jpeg)]
    [InlineData(PictureFormat.Webp)]
    public void Pictures_are_what_they_are_said_to_be(PictureFormat format)
    {
        var picture = NullPictures.Picture(new ImageJob { Model = "null", Prompt = "", Seed = 5, Format = format }, index: 2);

        byte[] file = NullPictures.Files.Single(f => Platform.Assets.AssetKey.Of(f) == picture.Asset);
        Assert.Equal(new PictureHeader(picture.MediaType, picture.Size, HasAlpha: false), PictureHeader.Read(file, out _));
        Assert.Equal(picture.Size, TestPictures.SizeOf(file));
        Assert.Equal((file.Length, 7L), (picture.Bytes, picture.Seed));
        Assert.Equal(new ImageSize(8, 8), picture.Size);
    }
}
