using System.Buffers.Binary;
using CsCheck;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Testing;
using SkiaSharp;

namespace Gesso.Diffusion.Tests.Imaging;

public sealed class ImageFilesTests
{
    [Fact]
    public void Png_holds_every_picture_exactly() => Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.OneOfConst(1, 3, 4), Gen.Int[0, 1000]).Sample(
        (width, height, channels, seed) =>
        {
            var picture = Pictures.Noise(width, height, channels, seed);
            // an alpha channel that is opaque everywhere would be dropped
            if (channels == 4)
                picture.Pixels[3] = 77;
            var read = ImageFiles.Decode(ImageFiles.EncodePng(picture), "picture");
            // grey comes back as RGB
            var expected = channels == 4 ? picture : Resampler.ToRgb(picture);
            return read.Size == expected.Size && read.Channels == expected.Channels && read.Pixels.SequenceEqual(expected.Pixels);
        },
        iter: 60);

    [Fact]
    public void An_opaque_alpha_channel_is_dropped()
    {
        var opaque = new RasterImage(2, 1, 4, [1, 2, 3, 255, 4, 5, 6, 255]);

        var read = ImageFiles.Decode(ImageFiles.EncodePng(opaque), "picture");

        Assert.Equal(3, read.Channels);
        Assert.Equal([1, 2, 3, 4, 5, 6], read.Pixels);
    }

    [Theory]
    [InlineData(ImageFileType.Jpeg, SKEncodedImageFormat.Jpeg)]
    [InlineData(ImageFileType.Webp, SKEncodedImageFormat.Webp)]
    public void Quality_trades_bytes_for_nearness(ImageFileType type, SKEncodedImageFormat format)
    {
        var picture = Pictures.Of(64, 48, (x, y) => (x * 4, y * 5, 127 + (int)(100 * Math.Sin((x + 2 * y) / 12.0))));
        (int Bytes, double Apart)[] written =
        [
            .. new[] { 1, 50, 85, 99 }.Select(quality =>
            {
                byte[] bytes = ImageFiles.Encode(picture, type, quality);
                Assert.Equal(format, FormatOf(bytes));
                return (bytes.Length, picture.Pixels.Zip(ImageFiles.Decode(bytes, "picture").Pixels, (a, b) => (double)Math.Abs(a - b)).Average());
            }),
        ];

        Assert.All(written.Zip(written.Skip(1)), pair => Assert.True(pair.First.Bytes < pair.Second.Bytes && pair.First.Apart > pair.Second.Apart));
        Assert.True(written[^1].Apart < 3, $"quality 99 is {written[^1].Apart:0.00} off");
    }

    [Fact]
    public void Webp_of_the_best_quality_is_lossless()
    {
        var picture = Pictures.Noise(20, 10, 3, seed: 1);

        Assert.Equal(picture.Pixels, ImageFiles.Decode(ImageFiles.EncodeWebp(picture, 100), "picture").Pixels);
    }

    [Fact]
    public void Transparent_parts_become_white_where_a_type_has_no_alpha_and_stay_where_it_has()
    {
        var picture = new RasterImage(16, 16, 4, [.. Enumerable.Repeat<byte[]>([200, 0, 0, 0], 256).SelectMany(p => p)]);

        var jpeg = ImageFiles.Decode(ImageFiles.EncodeJpeg(picture, 100), "picture");
        var webp = ImageFiles.Decode(ImageFiles.Encode(picture, ImageFileType.Webp), "picture");

        Assert.Equal(3, jpeg.Channels);
        Assert.All(jpeg.Pixels, p => Assert.InRange(p, 253, 255));
        Assert.Equal(4, webp.Channels);
        Assert.Equal(0, webp.Pixels[3]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void Quality_out_of_range_is_refused(int quality) => Assert.Equal(
        $"Quality: expected 1 to 100, got {quality}.", Refusal.Of("out_of_range", () => ImageFiles.Encode(Pictures.Gradient(2, 2), ImageFileType.Jpeg, quality)));

    [Fact]
    public void Media_types_and_file_types_are_one_to_one()
    {
        Assert.All(Enum.GetValues<ImageFileType>(), type => Assert.Equal(type, ImageMediaTypes.Parse(ImageMediaTypes.Of(type))));
        Assert.Equal(Enum.GetValues<ImageFileType>().Length, ImageMediaTypes.All.Count());
        Assert.Null(ImageMediaTypes.Parse("image/gif"));
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png, 0)]
    [InlineData(SKEncodedImageFormat.Jpeg, 12)]
    [InlineData(SKEncodedImageFormat.Webp, 12)]
    public void The_usual_formats_are_read_whatever_the_name_says(SKEncodedImageFormat format, int tolerance)
    {
        using var folder = new TestFolder();
        var picture = Pictures.Gradient(40, 24);
        string path = folder.Add("picture.txt", Encode(picture, format));

        var read = ImageFiles.Read(path);

        Assert.Equal((picture.Size, 3), (read.Size, read.Channels));
        Assert.True(picture.Pixels.Zip(read.Pixels, (a, b) => Math.Abs(a - b)).Max() <= tolerance);
    }

    /// <summary>
    /// The four corners of the stored picture are red, green, blue, white (row by row); EXIF says which way it is to be turned, and the corners of
    /// the upright picture follow (CIPA DC-008, tag 0x0112).
    /// </summary>
    [Theory]
    [InlineData(1, "rgbw")]
    [InlineData(2, "grwb")]
    [InlineData(3, "wbgr")]
    [InlineData(4, "bwrg")]
    [InlineData(5, "rbgw")]
    [InlineData(6, "brwg")]
    [InlineData(7, "wgbr")]
    [InlineData(8, "gwrb")]
    public void Exif_orientations_are_turned_upright(int orientation, string corners)
    {
        const int width = 64, height = 32;
        var stored = Pictures.Of(width, height, (x, y) => (x < width / 2, y < height / 2) switch
        {
            (true, true) => (255, 0, 0),
            (false, true) => (0, 255, 0),
            (true, false) => (0, 0, 255),
            _ => (255, 255, 255),
        });

        var upright = ImageFiles.Decode(WithOrientation(Encode(stored, SKEncodedImageFormat.Jpeg), orientation), "picture");

        Assert.Equal(orientation < 5 ? new ImageSize(width, height) : new ImageSize(height, width), upright.Size);
        var middles = new[] { (X: 1, Y: 1), (X: 3, Y: 1), (X: 1, Y: 3), (X: 3, Y: 3) };
        Assert.Equal(corners, string.Concat(middles.Select(m => Colour(upright, m.X * upright.Width / 4, m.Y * upright.Height / 4))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(255)]
    public void An_orientation_that_does_not_exist_is_upright(int orientation)
    {
        var stored = Pictures.Gradient(16, 8);

        Assert.Equal(
            ImageFiles.Decode(Encode(stored, SKEncodedImageFormat.Jpeg), "picture").Pixels,
            ImageFiles.Decode(WithOrientation(Encode(stored, SKEncodedImageFormat.Jpeg), orientation), "picture").Pixels);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void A_truncated_picture_is_damaged(SKEncodedImageFormat format)
    {
        using var folder = new TestFolder();
        byte[] whole = Encode(Pictures.Noise(64, 64, 3, 1), format);
        string path = folder.Add("cut.png", whole.AsSpan(0, whole.Length / 2));

        string message = Refusal.Of("image_damaged", () => ImageFiles.Read(path));

        Assert.Contains($"{path} is damaged", message);
    }

    [Fact]
    public void A_picture_cut_anywhere_is_an_error_and_never_a_crash()
    {
        byte[] whole = Encode(Pictures.Noise(24, 24, 3, 1), SKEncodedImageFormat.Jpeg);
        for (int length = 0; length < whole.Length - 2; length += 13)
            Assert.ThrowsAny<Gesso.Contracts.Errors.GessoException>(() => ImageFiles.Decode(whole[..length], "picture"));
    }

    [Fact]
    public void What_is_no_picture_is_refused()
    {
        using var folder = new TestFolder();
        foreach (byte[] bytes in new[] { [], "hello, this is a text file"u8.ToArray(), new byte[1000], RandomValues.Bytes(1, 1000) })
        {
            string path = folder.Add("picture.png", bytes);
            Assert.Contains($"{path} is not a picture", Refusal.Of("not_an_image", () => ImageFiles.Read(path)));
        }
    }

    [Fact]
    public void Missing_files_and_folders_are_told_apart()
    {
        using var folder = new TestFolder();

        Assert.Contains("There is no picture", Refusal.Of("file_not_found", () => ImageFiles.Read(folder.At("nothing.png"))));
        Assert.Contains("is a folder", Refusal.Of("file_not_found", () => ImageFiles.Read(folder.Path)));
    }

    [Fact]
    public void Too_many_pixels_are_refused_by_the_header_alone()
    {
        // 20,000 x 20,000 pixels would take 1.6 GB; the file has a hundred bytes
        byte[] header = Chunk("IHDR", [0, 0, 0x4E, 0x20, 0, 0, 0x4E, 0x20, 8, 2, 0, 0, 0]), data = Chunk("IDAT", [0x78, 1, 3, 0, 0, 0, 0, 1]);
        byte[] bomb = [0x89, .. "PNG\r\n"u8, 0x1A, 10, .. header, .. data, .. Chunk("IEND", [])];
        long before = GC.GetTotalAllocatedBytes(precise: true);

        string message = Refusal.Of("image_too_large", () => ImageFiles.Decode(bomb, "picture"));

        Assert.Contains("picture is 20000x20000; pictures of up to 100 megapixels are read", message);
        Assert.True(GC.GetTotalAllocatedBytes(precise: true) - before < 1 << 20);
    }

    private static char Colour(RasterImage picture, int x, int y)
    {
        int at = (y * picture.Width + x) * 3;
        return (picture.Pixels[at] > 127, picture.Pixels[at + 1] > 127, picture.Pixels[at + 2] > 127) switch
        {
            (true, false, false) => 'r',
            (false, true, false) => 'g',
            (false, false, true) => 'b',
            (true, true, true) => 'w',
            _ => '?',
        };
    }

    private static SKEncodedImageFormat FormatOf(byte[] bytes)
    {
        using var codec = SKCodec.Create(new MemoryStream(bytes));
        return codec.EncodedFormat;
    }

    private static byte[] Encode(RasterImage picture, SKEncodedImageFormat format)
    {
        using var bitmap = SKBitmap.Decode(ImageFiles.EncodePng(picture));
        using var data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    /// <summary>Puts an APP1 segment with one TIFF entry behind the start of a JPEG.</summary>
    private static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif =
        [
            .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8,               // big endian, first directory at byte 8
            0, 1,                                           // one entry
            0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0,
            0, 0, 0, 0,                                     // no further directory
        ];
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(exif.Length + 2));
        return [.. jpeg[..2], 0xFF, 0xE1, .. length, .. exif, .. jpeg[2..]];
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] typed = [.. type.Select(c => (byte)c), .. data];
        byte[] length = new byte[4], crc = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(crc, Crc(typed));
        return [.. length, .. typed, .. crc];
    }

    /// <summary>CRC-32 of PNG (ISO 3309), bit by bit.</summary>
    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
