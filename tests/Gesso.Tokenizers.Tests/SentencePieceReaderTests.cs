using Gesso.Contracts.Errors;
using Gesso.Formats.SentencePiece;

namespace Gesso.Tokenizers.Tests;

public class SentencePieceReaderTests
{
    private static readonly byte[] Small = ProtobufBytes.Model(
        [("<unk>", 0), ("▁a", -1.5f), ("b", -2)],
        [1, 2, 3],
        trainer => trainer.Varint(3, 1).Varint(35, 1).Varint(40, 0).Varint(41, -1).Varint(42, 1).Varint(43, 0));

    [Fact]
    public void Reader_gives_pieces_and_settings()
    {
        var model = SentencePieceReader.Read(Small, "small");
        Assert.Equal(["<unk>", "▁a", "b"], model.Pieces.Select(piece => piece.Text));
        Assert.Equal([0f, -1.5f, -2f], model.Pieces.Select(piece => piece.Score));
        Assert.All(model.Pieces, piece => Assert.Equal(SentencePieceKind.Normal, piece.Kind));
        Assert.Equal((SentencePieceAlgorithm.Unigram, true), (model.Algorithm, model.ByteFallback));
        Assert.Equal((0, -1, 1, 0), (model.UnkId, model.BosId, model.EosId, model.PadId));
        Assert.Equal("none", model.NormalizerName);
        Assert.Equal([1, 2, 3], model.PrecompiledCharsmap.ToArray());
    }

    [Fact]
    public void Reader_uses_the_formats_defaults_where_a_field_is_absent()
    {
        var model = SentencePieceReader.Read(ProtobufBytes.Model([("<unk>", 0)], []), "small");
        Assert.Equal((SentencePieceAlgorithm.Unigram, false), (model.Algorithm, model.ByteFallback));
        Assert.Equal((0, 1, 2, -1), (model.UnkId, model.BosId, model.EosId, model.PadId));
    }

    [Fact]
    public void Reader_refuses_a_file_cut_at_any_byte_or_reads_what_is_whole()
    {
        for (var length = 0; length < Small.Length; length++)
        {
            var cut = Small.AsMemory(0, length);
            var error = Record.Exception(() => SentencePieceReader.Read(cut, "cut"));
            Assert.True(error is null or SentencePieceException, $"{length} bytes: {error}");
        }

        Assert.Throws<SentencePieceException>(() => SentencePieceReader.Read(Small.AsMemory(..^1), "cut"));
        Assert.Throws<SentencePieceException>(() => SentencePieceReader.Read(Array.Empty<byte>(), "empty"));
    }

    [Fact]
    public void Reader_never_throws_anything_but_its_own_exception()
    {
        var random = new Random(3);
        for (var i = 0; i < 5000; i++)
        {
            var bytes = (byte[])Small.Clone();
            for (var k = random.Next(1, 4); k > 0; k--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var error = Record.Exception(() => SentencePieceReader.Read(bytes, "mutated"));
            Assert.True(error is null or SentencePieceException, error?.ToString());
        }
    }

    [Fact]
    public void Reader_names_the_file_and_the_cure()
    {
        var error = Assert.Throws<SentencePieceException>(() => SentencePieceReader.Read("<html>"u8.ToArray(), "x/spiece.model"));
        Assert.Equal((ErrorKind.InvalidRequest, "sentencepiece_corrupt"), (error.Kind, error.Code));
        Assert.Contains("x/spiece.model", error.Message);
        Assert.Contains("copy it again", error.Message);
    }

    [Fact]
    public void Reader_refuses_scores_that_are_no_numbers_and_unknown_ids_out_of_range()
    {
        Assert.Throws<SentencePieceException>(() => SentencePieceReader.Read(ProtobufBytes.Model([("a", float.NaN)], []), "nan"));
        Assert.Throws<SentencePieceException>(() => SentencePieceReader.Read(ProtobufBytes.Model([("a", 0)], [], trainer => trainer.Varint(40, 9)), "unk"));
    }
}
