using System.IO.Compression;
using System.Text;
using Gesso.Server.Pictures;

namespace Gesso.Server.Tests.Pictures;

public sealed class PngTextsTests
{
    [Fact]
    public void Texts_of_all_three_chunk_types_are_read()
    {
        byte[] png = With(("tEXt", [.. "parameters\0a cat"u8]), ("zTXt", [.. "Comment\0\0"u8, .. Deflate("compressed")]), ("iTXt", [.. "Title\0\0\0\0\0ü"u8]));

        var texts = PngTexts.Read(png);

        Assert.Equal(("a cat", "compressed", "ü"), (texts["parameters"], texts["Comment"], texts["Title"]));
    }

    [Fact]
    public void Text_that_swells_beyond_all_measure_is_left_out() =>
        Assert.Empty(PngTexts.Read(With(("zTXt", [.. "parameters\0\0"u8, .. Deflate(new string('a', 2 << 20))]))));

    [Theory]
    [InlineData("garbage")]
    [InlineData("x\u00bb0000")]                                                              // asks for a preset dictionary (RFC 1950, FDICT)
    public void Damaged_text_is_left_out(string packed) => Assert.Empty(PngTexts.Read(With(("zTXt", [.. "parameters\0\0"u8, .. Encoding.Latin1.GetBytes(packed)]))));

    private static byte[] With(params (string Type, byte[] Data)[] chunks)
    {
        byte[] png = TestPictures.Png(8, 8);
        List<byte> file = [.. png[..33]];
        foreach (var (type, data) in chunks)
            file.AddRange([0, (byte)(data.Length >> 16), (byte)(data.Length >> 8), (byte)data.Length, .. Encoding.ASCII.GetBytes(type), .. data, 0, 0, 0, 0]);
        file.AddRange(png[33..]);
        return [.. file];
    }

    private static byte[] Deflate(string text)
    {
        using MemoryStream target = new();
        using (ZLibStream zlib = new(target, CompressionLevel.Fastest))
            zlib.Write(Encoding.Latin1.GetBytes(text));
        return target.ToArray();
    }
}
