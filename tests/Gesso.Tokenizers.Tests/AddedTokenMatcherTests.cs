namespace Gesso.Tokenizers.Tests;

public class AddedTokenMatcherTests
{
    [Fact]
    public void Matcher_takes_the_leftmost_and_there_the_longest()
    {
        var matcher = new AddedTokenMatcher([new AddedToken("<a>", 1), new AddedToken("<a><b>", 2), new AddedToken("b>", 3)]);
        Assert.Equal([new Segment(0, 1), new Segment(1, 7, 2), new Segment(7, 10, 1), new Segment(10, 11)], matcher.Split("x<a><b><a>y"));
    }

    [Fact]
    public void Matcher_swallows_space_where_the_token_says_so()
    {
        var matcher = new AddedTokenMatcher([new AddedToken("<l>", 1) { LeftStrip = true }, new AddedToken("<r>", 2) { RightStrip = true }]);
        Assert.Equal([new Segment(0, 1), new Segment(1, 6, 1), new Segment(6, 7), new Segment(7, 12, 2), new Segment(12, 13)], matcher.Split("a  <l> <r>  b"));
        Assert.Equal([new Segment(0, 5, 2), new Segment(5, 8, 1)], matcher.Split("<r>  <l>"));
    }

    [Fact]
    public void Matcher_leaves_single_words_inside_words_alone()
    {
        var matcher = new AddedTokenMatcher([new AddedToken("cat", 1) { SingleWord = true }]);
        Assert.Equal([new Segment(0, 10), new Segment(10, 13, 1)], matcher.Split("cats ecat cat"));
        Assert.Equal([new Segment(0, 3, 1), new Segment(3, 8)], matcher.Split("cat-écat"));
    }

    [Fact]
    public void Matcher_without_tokens_gives_the_text_back()
    {
        Assert.Equal([new Segment(0, 3)], new AddedTokenMatcher([]).Split("abc"));
        Assert.Empty(new AddedTokenMatcher([]).Split(""));
    }
}
