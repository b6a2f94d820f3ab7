using CsCheck;
using Gesso.Contracts.Images;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;

namespace Gesso.Server.Tests.Jobs;

public sealed class PictureSizingTests
{
    private const long Unbounded = long.MaxValue;

    [Theory]
    [InlineData(null, null, 1024, 1024)]
    [InlineData("1000x600", null, 992, 592)]
    [InlineData(null, "640x480", 640, 480)]
    [InlineData(null, "8x8", 16, 16)]
    [InlineData(null, "6000x3000", 1440, 720)]
    [InlineData("512x512", "6000x3000", 512, 512)]
    public void Size_is_as_asked_as_the_picture_or_the_models_own(string? asked, string? source, int width, int height) =>
        Assert.Equal(new ImageSize(width, height), PictureSizing.Choose(Parse(asked), Parse(source), ServedModel.NullCard("m", new ModelOptions()), Unbounded, []));

    [Fact]
    public void Model_that_nobody_has_opened_decides_later()
    {
        Assert.Null(PictureSizing.Choose(null, null, null, Unbounded, []));
        Assert.Equal(new ImageSize(100, 101), PictureSizing.Choose(new ImageSize(100, 101), null, null, Unbounded, []));
    }

    [Fact]
    public void Size_never_exceeds_what_the_key_may() => Gen.Select(Gen.Int[1, 9000], Gen.Int[1, 9000], Gen.Long[256, 1L << 26]).Sample((width, height, most) =>
    {
        var size = PictureSizing.Choose(null, new ImageSize(width, height), ServedModel.NullCard("m", new ModelOptions()), most, [])!.Value;
        // one step of the model is the least there is, whatever shape was asked for
        bool isLeast = size.Width == 16 || size.Height == 16;
        return size.Width % 16 == 0 && size.Height % 16 == 0 && (size.Pixels <= most || isLeast);
    });

    private static ImageSize? Parse(string? text) => ImageSize.TryParse(text, out var size) ? size : null;
}
