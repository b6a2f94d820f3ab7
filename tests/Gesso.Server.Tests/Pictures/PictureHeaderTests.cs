using CsCheck;
using Gesso.Contracts.Images;
using Gesso.Server.Pictures;

namespace Gesso.Server.Tests.Pictures;

public sealed class PictureHeaderTests
{
    public static TheoryData<string, byte[], bool> Files { get; } = new()
    {
        { "image/png", TestPictures.Png(33, 21), false },
        { "image/png", TestPictures.Mask(33, 21), true },
        { "image/jpeg", TestPictures.Jpeg(33, 21), false },
        { "image/webp", TestPictures.Webp(33, 21), false },
        { "image/webp", TestPictures.Webp(33, 21, alpha: true), true },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Header_tells_format_size_and_transparency(string type, byte[] file, bool alpha)
    {
        var header = PictureHeader.Read(file, out string? problem);

        Assert.Null(problem);
        Assert.Equal(new PictureHeader(type, new ImageSize(33, 21), alpha), header);
    }

    [Theory]
    [InlineData(1, 40, 30)]
    [InlineData(3, 40, 30)]
    [InlineData(5, 30, 40)]
    [InlineData(6, 30, 40)]
    [InlineData(8, 30, 40)]
    [InlineData(9, 40, 30)]
    public void Jpeg_size_is_that_of_the_upright_picture(ushort orientation, int width, int height) =>
        Assert.Equal(new ImageSize(width, height), PictureHeader.Read(TestPictures.TurnedJpeg(40, 30, orientation), out _)?.Size);

    [Fact]
    public void Palette_picture_with_transparent_colours_has_alpha()
    {
        byte[] png = TestPictures.Png(8, 8);
        byte[] chunk = [0, 0, 0, 1, .. "tRNS"u8, 0, 0, 0, 0, 0];
        byte[] with = [.. png[..33], .. chunk, .. png[33..]];

        Assert.False(PictureHeader.Read(png, out _)!.HasAlpha);
        Assert.True(PictureHeader.Read(with, out _)!.HasAlpha);
    }

    [Theory]
    [InlineData("GIF89a…………", "a GIF")]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "a text file such as SVG or HTML")]
    [InlineData("", "an empty file")]
    [InlineData("hello", "a file of another kind")]
    public void Other_files_are_named(string content, string name)
    {
        Assert.Null(PictureHeader.Read(System.Text.Encoding.UTF8.GetBytes(content), out string? problem));
        Assert.Equal(name, problem);
    }

    [Fact]
    public void Damaged_files_are_refused_and_never_throw()
    {
        byte[][] files = [.. Files.Select(f => f.Data.Item2)];
        Gen.Select(Gen.Int[0, files.Length - 1], Gen.Int[0, 600], Gen.Byte, Gen.Int[0, 600]).Sample((which, place, value, cut) =>
        {
            byte[] file = [.. files[which]];
            file[place % file.Length] = value;
            var header = PictureHeader.Read(file.AsSpan(0, Math.Max(1, file.Length - (cut % file.Length))), out string? problem);
            // either it is refused with words, or what it tells is a size
            return header is null ? problem is { Length: > 0 } : problem is null && header.Size is { Width: > 0, Height: > 0 };
        }, iter: 20_000);
    }

    [Fact]
    public void Header_that_is_not_followed_by_pixels_is_refused()
    {
        Assert.Null(PictureHeader.Read(TestPictures.Png(8, 8).AsSpan(0, 33), out string? problem));
        Assert.Equal("a PNG that ends before its pixels", problem);
    }

    [Fact]
    public void Png_with_a_wrong_checksum_is_refused()
    {
        byte[] png = TestPictures.Png(8, 8);
        png[19] ^= 1;                                                                       // the width

        Assert.Null(PictureHeader.Read(png, out string? problem));
        Assert.Equal("a PNG whose header is damaged", problem);
    }
}
