using Gesso.Tokenizers.Bpe;

namespace Gesso.Tokenizers.Tests;

public class ClipWordsTests
{
    [Theory]
    [InlineData("it's we'll 42", "it|'s|we|'ll|4|2")]
    [InlineData("''s !'s", "''|s|!'|s")]
    [InlineData("𝒜𝓫c𝟘𝟙d", "𝒜𝓫c|𝟘|𝟙|d")]
    [InlineData("a😀😀b", "a|😀😀|b")]
    [InlineData("½Ⅷ²x", "½|Ⅷ|²|x")]
    [InlineData("<|endoftext|>!", "<||endoftext||>|!")]
    [InlineData("!<|endoftext|>!", "!<||endoftext||>!")]
    [InlineData("  ", "")]
    public void Words_are_cut_as_by_the_pattern(string text, string expected)
    {
        var words = new ClipWords(["<|endoftext|>"]).Split(text, new Segment(0, text.Length));
        Assert.Equal(expected, string.Join('|', words.Select(word => text[word.Start..word.End])));
    }

    [Theory]
    [InlineData("A\t\r\n B\u3000C\u0085D", "a b c d")]
    [InlineData("İI", "i\u0307i")]
    [InlineData("ΣΊΣΑΣ", "σίσας")]
    [InlineData("𐐀", "𐐨")]
    public void Normalizer_lowers_each_character_by_itself_and_collapses_space(string text, string expected) =>
        Assert.Equal(expected.Replace('ς', 'σ'), ClipNormalizer.Published.Apply(text, 0).Text.ToString());
}
