using Gesso.Tokenizers.Unicode;

namespace Gesso.Tokenizers.Tests;

public class UnicodeTests
{
    [Theory]
    [InlineData("cafe\u0301", "caf\u00e9")]
    [InlineData("\u212b\u2126", "\u00c5\u03a9")]
    [InlineData("a\u0301\u0316", "\u00e1\u0316")]
    [InlineData("a\u0316\u0301", "\u00e1\u0316")]
    [InlineData("s\u0323\u0307", "\u1e69")]
    [InlineData("s\u0307\u0323", "\u1e69")]
    [InlineData("\u1e0b\u0323", "\u1e0d\u0307")]
    [InlineData("\u0958", "\u0915\u093c")]
    [InlineData("\u1100\u1161\u11a8", "\uac01")]
    [InlineData("\uac00\u11a8", "\uac01")]
    [InlineData("\uac01\u11a8", "\uac01\u11a8")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\u0301a", "\u0301a")]
    [InlineData("\U0001d15e", "\U0001d157\U0001d165")]
    [InlineData("\ufb01 \u00bd", "\ufb01 \u00bd")]
    [InlineData("", "")]
    public void Composition_gives_form_C(string text, string expected)
    {
        var composed = new MappedText();
        CanonicalComposition.Append(text, 0, composed);
        Assert.Equal(GoldenRoot.Show(expected), GoldenRoot.Show(composed.Text.ToString()));
    }

    [Fact]
    public void Composition_is_idempotent()
    {
        var random = new Random(5);
        for (var i = 0; i < 500; i++)
        {
            var (once, twice) = (new MappedText(), new MappedText());
            CanonicalComposition.Append(WellFormed.Text(RandomText.Draw(random, 30)), 0, once);
            CanonicalComposition.Append(once.Text, 0, twice);
            Assert.Equal(GoldenRoot.Show(once.Text.ToString()), GoldenRoot.Show(twice.Text.ToString()));
        }
    }

    [Fact]
    public void Composition_remembers_where_each_character_came_from()
    {
        var composed = new MappedText();
        CanonicalComposition.Append("xe\u0301\u0316y", 10, composed);
        Assert.Equal("x\u00e9\u0316y", composed.Text.ToString());
        Assert.Equal([10, 11, 13, 14], Enumerable.Range(0, composed.Length).Select(composed.Origin));
    }

    [Fact]
    public void Well_formed_text_is_the_same_object()
    {
        const string text = "a\U0001F600b";
        Assert.Same(text, WellFormed.Text(text));
        Assert.Equal("\uFFFD\uFFFDx\uFFFD", WellFormed.Text("\uDC00\uD800x\uD83D"));
    }
}
