using System.Text;
using Gesso.Tokenizers.Unicode;
using Gesso.Tokenizers.Unigram;

namespace Gesso.Tokenizers.Tests;

public class UnigramTests
{
    private static readonly List<UnigramPiece> Pieces =
        [new("<unk>", 0), new("a", -4), new("b", -4), new("ab", -7), new("abc", -9), new("c", -4), new("😀", -5), new("▁", -3)];

    [Theory]
    [InlineData("abc", "4")] // -9 against -7-4 and -12
    [InlineData("abab", "3 3")]
    [InlineData("ba", "2 1")]
    [InlineData("axyb", "1 0 2")] // neighbouring unknowns become one
    [InlineData("xa😁y", "0 1 0")]
    [InlineData("😀😁", "6 0")]
    [InlineData("▁x", "7 0")]
    [InlineData("", "")]
    public void Model_takes_the_cut_of_highest_score(string word, string expected) => Assert.Equal(expected, Encode(new UnigramModel(Pieces, 0, false), word));

    [Fact]
    public void Model_spells_unknown_characters_as_bytes_only_where_it_has_them_all()
    {
        List<UnigramPiece> bytes = [.. Pieces, new("<0xC3>", -20), new("<0xA9>", -20)];
        Assert.Equal("1 8 9 2", Encode(new UnigramModel(bytes, 0, true), "aéb"));
        Assert.Equal("1 0 2", Encode(new UnigramModel(bytes, 0, true), "aèb"));
        Assert.Equal("1 0 2", Encode(new UnigramModel(bytes, 0, false), "aéb"));
    }

    [Fact]
    public void Later_of_two_equal_pieces_counts() =>
        Assert.Equal("8", Encode(new UnigramModel([.. Pieces, new("abc", -9)], 0, false), "abc"));

    [Fact]
    public void Trie_finds_what_was_put_in_and_nothing_else()
    {
        var random = new Random(9);
        var words = Enumerable.Range(0, 5000).Select(_ => RandomText.Draw(random, 8)).Where(word => word.Length > 0).Distinct().ToList();
        var trie = new PieceTrie(1);
        for (var i = 0; i < words.Count; i++)
        {
            trie.Add(words[i], i);
        }

        Assert.All(words, (word, i) => Assert.Equal(i, trie.Find(word)));
        Assert.All(words, word => Assert.Equal(words.IndexOf(word + "x"), trie.Find(word + "x")));
    }

    [Theory]
    [InlineData("ﬁne Ａ①", "fine A1")]
    [InlineData("a\u0301", "á")]
    [InlineData("ｅ\u0301", "e")] // the whole grapheme goes by its shortest entry: the reference's way
    [InlineData("カ\u3099", "カ\u3099")] // six bytes, so character by character, and neither has an entry
    [InlineData("a\r\nb\tc", "a b c")]
    [InlineData("a\u0000\u0001b", "a\u0000b")]
    [InlineData("\uFEFFx\u200By\u2581", " x y ")]
    public void Published_map_is_applied_by_grapheme(string text, string expected)
    {
        var model = Gesso.Formats.SentencePiece.SentencePieceReader.Read(Vocabularies.PublishedFiles.T5Spiece(), "embedded");
        var mapped = CharacterMap.Read(model.PrecompiledCharsmap.Span).Apply(text, 0);
        Assert.Equal(GoldenRoot.Show(expected), GoldenRoot.Show(mapped.Text.ToString()));
    }

    [Fact]
    public void Damaged_maps_never_read_outside_themselves()
    {
        var model = Gesso.Formats.SentencePiece.SentencePieceReader.Read(Vocabularies.PublishedFiles.T5Spiece(), "embedded");
        var random = new Random(4);
        for (var i = 0; i < 20; i++)
        {
            var bytes = model.PrecompiledCharsmap.ToArray();
            for (var k = 0; k < 2000; k++)
            {
                bytes[random.Next(4, bytes.Length)] = (byte)random.Next(256);
            }

            var map = CharacterMap.Read(bytes);
            Assert.NotNull(map.Apply(WellFormed.Text(RandomText.Draw(random, 500)), 0));
        }

        Assert.Throws<FormatException>(() => CharacterMap.Read([1, 2]));
        Assert.Throws<FormatException>(() => CharacterMap.Read([255, 0, 0, 0, 1]));
        Assert.Same(CharacterMap.Empty, CharacterMap.Read([]));
    }

    [Fact]
    public void Pipelines_differ_after_special_tokens_and_at_spaces_that_the_map_leaves()
    {
        Assert.Equal("▁a|▁b", Words(T5Pipeline.Converted(legacy: false), "a  b ", startsPrompt: true));
        Assert.Equal("a|▁b", Words(T5Pipeline.Converted(legacy: false), "a b", startsPrompt: false));
        Assert.Equal("▁a|▁b", Words(T5Pipeline.Converted(legacy: true), "a b", startsPrompt: false));
        Assert.Equal("▁a\u0085b", Words(T5Pipeline.Converted(legacy: true), "a\u0085b\u0085", startsPrompt: true));
        Assert.Equal("▁a|▁b", Words(T5Pipeline.Native, " a\u0085b ", startsPrompt: false));
        Assert.Equal("", Words(T5Pipeline.Native, "  ", startsPrompt: true));
        Assert.Equal("", Words(T5Pipeline.Converted(legacy: false), "  ", startsPrompt: true));
        Assert.Equal("▁|▁a", Words(T5Pipeline.Native with { SplitWhiteSpace = false }, "  a", startsPrompt: true));
        Assert.Equal("a▁b", Words(new T5Pipeline { WordMark = WordMark.Never, SplitAtMarks = false }, "a b", startsPrompt: true));
    }

    private static string Words(T5Pipeline pipeline, string text, bool startsPrompt)
    {
        var (plain, marked) = (new MappedText(), new MappedText());
        plain.Append(text, 0);
        var clean = pipeline.CleanUp(plain);
        var words = pipeline.Words(clean, new Segment(0, clean.Length), startsPrompt, marked);
        return string.Join('|', words.Select(word => marked.Text[word.Start..word.End].ToString()));
    }

    private static string Encode(UnigramModel model, string word)
    {
        var (text, tokens) = (new MappedText(), new List<Token>());
        text.Append(word, 0);
        model.Append(text, new Segment(0, word.Length), tokens);
        return string.Join(' ', tokens.Select(token => token.Id));
    }
}
