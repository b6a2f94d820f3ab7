using Gesso.Formats.Png;
using static Gesso.Formats.Tests.Png.PngBytes;

namespace Gesso.Formats.Tests.Png;

public sealed class PngPrivateChunkTests
{
    private static readonly byte[] Png = Picture();

    [Fact]
    public void Chunk_comes_back_beside_text_and_replaces_its_predecessor()
    {
        var texts = new[] { new PngText("Title", "Grüße") };
        var once = PngPrivateChunk.With(PngChunks.WithText(Png, texts), "gsPL", [1, 2, 3]);
        var twice = PngPrivateChunk.With(once, "gsPL", [4]);

        Assert.Null(PngPrivateChunk.Read(Png, "gsPL"));
        Assert.Equal([1, 2, 3], PngPrivateChunk.Read(once, "gsPL"));
        Assert.Equal([4], PngPrivateChunk.Read(twice, "gsPL"));
        Assert.Equal(once.Length - 2, twice.Length);
        Assert.Equal("Grüße", Assert.Single(PngChunks.ReadText(twice)).Text);
    }

    [Theory]
    [InlineData("gsPl")]
    [InlineData("gSPL")]
    [InlineData("GsPL")]
    [InlineData("gsP")]
    [InlineData("gs1L")]
    public void Name_that_says_something_else_to_other_programs_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => PngPrivateChunk.With(Png, name, []));

    [Fact]
    public void Damaged_picture_is_an_error()
    {
        var damaged = (byte[])Png.Clone();
        damaged[^10] ^= 1;

        Assert.Equal(TensorFileCodes.BadPng, Assert.Throws<TensorFileException>(() => PngPrivateChunk.With(damaged, "gsPL", [1])).Code);
    }
}
