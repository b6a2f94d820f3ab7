using CsCheck;
using Gesso.Formats.Png;
using Gesso.Formats.Tests.Golden;
using static Gesso.Formats.Tests.Png.PngBytes;

namespace Gesso.Formats.Tests.Png;

public sealed class PngChunksTests
{
    private static readonly Gen<string> Keywords = Gen.String[Gen.OneOf(Gen.Char['!', '~'], Gen.Char['\u00A1', '\u00FF']), 1, 79];

    private static readonly Gen<string> Texts = Gen.String[
        Gen.Frequency((8, Gen.Char[' ', '~']), (1, Gen.Char['\u0001', '\u02FF']), (1, Gen.Char['\u3041', '\u30FF'])), 0, 200];

    [Fact]
    public void Inserted_text_reads_back_and_the_rest_of_the_picture_is_unchanged()
    {
        var picture = Picture(Chunk("tEXt", "Title\0old"u8));
        Gen.Select(Keywords, Texts).Select((keyword, text) => new PngText(keyword, text)).Array[0, 5].Sample(texts =>
        {
            var result = PngChunks.WithText(picture, texts);
            Assert.Equal([.. texts, new PngText("Title", "old")], PngChunks.ReadText(result));
            Assert.Equal(picture[..33], result[..33]);
            Assert.Equal(picture[33..], result[^(picture.Length - 33)..]);
        });
    }

    [Fact]
    public void Latin_text_goes_to_tEXt_and_all_other_text_to_iTXt()
    {
        Assert.Equal([.. Chunk("tEXt", [.. "Author\0Zo"u8, 0xEB, .. "\nline"u8])], Inserted(new PngText("Author", "Zoë\nline")));
        Assert.Equal([.. Chunk("iTXt", [.. "prompt\0\0\0\0\0"u8, .. "紅い丘 🎨"u8])], Inserted(new PngText("prompt", "紅い丘 🎨")));
        Assert.Equal([.. Chunk("iTXt", [.. "a\0\0\0\0\0"u8, .. "x\r\ny"u8])], Inserted(new PngText("a", "x\r\ny")));

        static byte[] Inserted(PngText text)
        {
            var result = PngChunks.WithText(Picture(), [text]);
            return result[33..^(Picture().Length - 33)];
        }
    }

    [Fact]
    public void Every_golden_picture_takes_text_and_keeps_its_chunks()
    {
        foreach (var path in GoldenRoots.Files(["cases"], ".png"))
        {
            var png = File.ReadAllBytes(path);
            var before = PngChunks.ReadText(png);
            var texts = new[] { new PngText("Software", "Gesso"), new PngText("parameters", "größer → 大") };
            Assert.Equal([.. texts, .. before], PngChunks.ReadText(PngChunks.WithText(png, texts)));
            using var stream = new MemoryStream(png);
            Assert.Equal(before, PngChunks.ReadText(stream));
        }
    }

    [Fact]
    public void Compressed_text_of_both_kinds_is_read()
    {
        var picture = Picture(
            Chunk("zTXt", [.. "Comment\0\0"u8, .. Zlib([.. "caf"u8, 0xE9])]),
            Chunk("iTXt", [.. "workflow\0\u0001\0"u8, .. "ja\0ワークフロー\0"u8, .. Zlib("{\"丘\":1}"u8)]),
            Chunk("iTXt", [.. "empty\0\0\0\0\0"u8]));
        Assert.Equal([new("Comment", "café"), new("workflow", "{\"丘\":1}"), new("empty", "")], PngChunks.ReadText(picture));
    }

    [Fact]
    public void Crc_of_the_tables_is_the_crc_of_the_definition()
    {
        Assert.Equal(0xCBF43926, Crc32.Of("123456789"u8)); // the published check value
        Gen.Byte.Array[0, 100].Sample(bytes => Assert.Equal(BitwiseCrc(bytes), Crc32.Of(bytes)));
    }

    public static TheoryData<string, byte[]> Broken => new()
    {
        { TensorFileCodes.BadPng, [] },
        { TensorFileCodes.BadPng, "GIF89a"u8.ToArray() },
        { TensorFileCodes.BadPng, PngChunkReader.Signature.ToArray() },
        { TensorFileCodes.BadPng, Picture()[..^1] },
        { TensorFileCodes.BadPng, Picture()[..^12] },
        { TensorFileCodes.BadPng, [.. PngChunkReader.Signature, .. Chunk("IEND", [])] },
        { TensorFileCodes.BadPng, [.. PngChunkReader.Signature, .. Chunk("IHDR", new byte[12]), .. Chunk("IEND", [])] },
        { TensorFileCodes.BadPng, Picture(Chunk("te\0t", [])) },
        { TensorFileCodes.BadPng, Picture([0xFF, 0xFF, 0xFF, 0xFF, .. "tEXt"u8, 0, 0, 0, 0]) },
        { TensorFileCodes.BadPng, Picture([0x7F, 0xFF, 0xFF, 0xFF, .. "tEXt"u8, 0, 0, 0, 0]) },
        { TensorFileCodes.BadPng, Picture([.. Chunk("tEXt", "a\0b"u8)[..^1], 1]) },
        { TensorFileCodes.BadPngText, Picture(Chunk("tEXt", "no end"u8)) },
        { TensorFileCodes.BadPngText, Picture(Chunk("tEXt", "\0text"u8)) },
        { TensorFileCodes.BadPngText, Picture(Chunk("tEXt", [.. new string('k', 80).Select(c => (byte)c), 0])) },
        { TensorFileCodes.BadPngText, Picture(Chunk("tEXt", [])) },
        { TensorFileCodes.BadPngText, Picture(Chunk("zTXt", "k\0"u8)) },
        { TensorFileCodes.BadPngText, Picture(Chunk("zTXt", "k\0\u0001xx"u8)) },
        { TensorFileCodes.BadPngText, Picture(Chunk("zTXt", "k\0\0garbage"u8)) },
        { TensorFileCodes.BadPngText, Picture(Chunk("zTXt", [.. "k\0\0"u8, 0x78, 0xBB, 0, 0, 0, 0])) },                 // zlib with a preset dictionary (RFC 1950, FDICT)
        { TensorFileCodes.BadPngText, Picture(Chunk("zTXt", [.. "k\0\0"u8, .. Zlib("some text, some text"u8)[..^6]])) },
        { TensorFileCodes.BadPngText, Picture(Chunk("iTXt", "k\0"u8)) },
        { TensorFileCodes.BadPngText, Picture(Chunk("iTXt", "k\0\u0002\0\0\0"u8)) },
        { TensorFileCodes.BadPngText, Picture(Chunk("iTXt", "k\0\0\0en"u8)) },
        { TensorFileCodes.BadPngText, Picture(Chunk("iTXt", "k\0\0\0en\0no end"u8)) },
        { TensorFileCodes.BadPngText, Picture(Chunk("iTXt", [.. "k\0\0\0\0\0"u8, 0xC3, 0x28])) },
        { TensorFileCodes.BadPngText, Picture(Chunk("zTXt", [.. "k\0\0"u8, .. Zlib(new byte[PngChunks.MaxUnpackedBytes + 1])])) },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Broken_picture_is_refused_with_its_reason(string code, byte[] png) => FileErrors.Expect(code, () => PngChunks.ReadText(png));

    [Fact]
    public void Bombs_share_one_limit()
    {
        var half = Chunk("zTXt", [.. "k\0\0"u8, .. Zlib(new byte[PngChunks.MaxUnpackedBytes / 2])]);
        Assert.Equal(2, PngChunks.ReadText(Picture(half, half)).Count);
        FileErrors.Expect(TensorFileCodes.BadPngText, () => PngChunks.ReadText(Picture(half, half, half)));
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData(" a", "x")]
    [InlineData("a ", "x")]
    [InlineData("a  b", "x")]
    [InlineData("丘", "x")]
    [InlineData("a\n", "x")]
    [InlineData("a\u00A0", "x")]
    [InlineData("a", "x\0y")]
    public void Text_that_png_cannot_hold_is_refused(string keyword, string text) =>
        FileErrors.Expect(TensorFileCodes.BadPngText, () => PngChunks.WithText(Picture(), [new PngText(keyword, text)]));

    [Fact]
    public void Keyword_of_eighty_characters_is_refused() =>
        FileErrors.Expect(TensorFileCodes.BadPngText, () => PngChunks.WithText(Picture(), [new PngText(new string('k', 80), "x")]));

    [Fact]
    public void Half_a_surrogate_pair_is_refused() => // in a Fact, because attributes cannot hold it
        FileErrors.Expect(TensorFileCodes.BadPngText, () => PngChunks.WithText(Picture(), [new PngText("a", "\uD83C")]));

    [Fact]
    public void Damaged_picture_takes_no_text() =>
        FileErrors.Expect(TensorFileCodes.BadPng, () => PngChunks.WithText(Picture().AsSpan()[..^1], [new PngText("a", "x")]));
}
