namespace Gesso.Tokenizers.Tests;

public class EncodingTests
{
    private static readonly ClipTokenizer Clip = ClipTokenizer.Published();
    private static readonly T5Tokenizer T5 = T5Tokenizer.Published();

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 400)]
    [InlineData(3, 4000)]
    public void Any_string_encodes_to_bounded_ids_that_end_with_eos(int seed, int longest)
    {
        var random = new Random(seed);
        for (var i = 0; i < 300; i++)
        {
            var text = RandomText.Draw(random, longest);
            var clip = Clip.Encode(text);
            Assert.InRange(clip.Length, 2, Clip.MaxLength);
            Assert.Equal((Clip.BosId, Clip.EosId), (clip[0], clip[^1]));
            Assert.All(clip, id => Assert.InRange(id, 0, Clip.VocabularySize - 1));
            Assert.Equal(Clip.MaxLength, Clip.EncodePadded(text).Length);
            Assert.Equal(clip, Clip.EncodePadded(text)[..clip.Length]);

            var t5 = T5.Encode(text);
            Assert.Equal(T5.EosId, t5[^1]);
            Assert.All(t5, id => Assert.InRange(id, 0, T5.VocabularySize - 1));
            Assert.Equal(64, T5.EncodePadded(text, 64).Length);

            // byte-level: no more ids than bytes in form D; unigram: no more than characters, of which the map can make 18 (U+FDFA) each, plus marks
            Assert.InRange(t5.Length, 1, 1 + 36 * text.Length);
        }
    }

    [Fact]
    public void A_lone_surrogate_counts_as_the_replacement_character()
    {
        Assert.Equal(Clip.Encode("a\uFFFDb \uFFFD"), Clip.Encode("a\uD800b \uDC00"));
        Assert.Equal(T5.Encode("a\uFFFDb \uFFFD"), T5.Encode("a\uD800b \uDC00"));
        Assert.NotEqual(Clip.Encode("\uFFFD\uFFFD"), Clip.Encode("\U0001F600"));
    }

    [Fact]
    public void Long_words_encode_whole()
    {
        var random = new Random(7);
        foreach (var word in new[]
        {
            new string('a', 100_000),
            new string('<', 100_000),
            new string('一', 100_000),
            new string([.. Enumerable.Range(0, 100_000).Select(_ => (char)('a' + random.Next(26)))]),
            "a" + string.Concat(Enumerable.Repeat("\u0301\u0316", 50_000)),
        })
        {
            Assert.Equal(77, Clip.Encode(word).Length);
            Assert.True(Clip.Truncates(word, out var lost));
            Assert.EndsWith(lost, word);
            Assert.Equal(T5.EosId, T5.Encode(word)[^1]);
        }
    }

    [Fact]
    public void Encode_keeps_the_end_where_text_is_too_long()
    {
        var text = string.Join(' ', Enumerable.Repeat("cat", 100));
        var clip = Clip.Encode(text);
        Assert.Equal(77, clip.Length);
        Assert.Equal(Clip.EosId, clip[^1]);
        Assert.DoesNotContain(Clip.EosId, clip[..^1]);

        var whole = T5.Encode(text);
        Assert.Equal(101, whole.Length);
        Assert.Equal([.. whole[..31], T5.EosId], T5.EncodePadded(text, 32));
        Assert.Equal([T5.EosId], T5.EncodePadded(text, 1));
    }

    [Fact]
    public void Encode_pads_short_text_after_the_end()
    {
        Assert.Equal([T5.EosId, T5.PadId, T5.PadId], T5.EncodePadded("", 3));
        Assert.Equal(76, Clip.EncodePadded("").Count(id => id == Clip.PadId));
        Assert.Equal(Clip.BosId, Clip.EncodePadded("")[0]);
    }

    [Fact]
    public void Truncates_names_what_did_not_fit()
    {
        // 75 words of one id each fit between begin and end
        var fits = string.Join(' ', Enumerable.Repeat("cat", 75));
        Assert.False(Clip.Truncates(fits, out var lost));
        Assert.Equal("", lost);
        Assert.True(Clip.Truncates(fits + "  and a Café  ", out lost));
        Assert.Equal("and a Café", lost);

        Assert.False(T5.Truncates(fits, 76, out lost));
        Assert.Equal("", lost);
        Assert.True(T5.Truncates(fits + "  and a Café\u0301 ", 76, out lost));
        Assert.Equal("and a Café\u0301", lost);
    }

    [Fact]
    public void Truncates_agrees_with_encode_on_what_is_kept()
    {
        var random = new Random(11);
        for (var i = 0; i < 300; i++)
        {
            var text = RandomText.Draw(random, 200);
            Assert.Equal(T5.Encode(text).Length > 20, T5.Truncates(text, 20, out var lost));
            Assert.Contains(lost, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Nonsense_arguments_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => Clip.Encode(null!));
        Assert.Throws<ArgumentNullException>(() => T5.Encode(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => T5.EncodePadded("a", 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => T5.Truncates("a", 0, out _));
    }
}
