using Gesso.Typography.Planning;

namespace Gesso.Typography.Tests.Planning;

public sealed class QuotedTextTests
{
    [Theory]
    [InlineData("a poster \"ANNUAL REPORT 2026\" in blue", "ANNUAL REPORT 2026")]
    [InlineData("a sign 'OPEN' on a door", "OPEN")]
    [InlineData("a sign “Open” and ‘Closed’", "Open|Closed")]
    [InlineData("ein Plakat „Guten Tag“ in Rot", "Guten Tag")]
    [InlineData("plakat „Dzień dobry” na ścianie", "Dzień dobry")]
    [InlineData("вывеска «Хлеб» и ‹Соль›", "Хлеб|Соль")]
    [InlineData("ein Schild »Eingang« links", "Eingang")]
    [InlineData("看板「営業中」と『本日休業』", "営業中|本日休業")]
    [InlineData("海报“新年快乐”", "新年快乐")]
    [InlineData("the ‚Tor‘ and ”hej”", "Tor|hej")]
    [InlineData("don't stop the boys' band at Anna's house", "")]
    [InlineData("it's a sign 'Don't panic' over the bar", "Don't panic")]
    [InlineData("a sign ‘Don’t panic’ over the bar", "Don’t panic")]
    [InlineData("the '90s style, rock 'n' roll", "")]
    [InlineData("a sign '24 hours' and '50'", "24 hours|50")]
    [InlineData("a label 'Anna's Kitchen' and 'since 1984'", "Anna's Kitchen|since 1984")]
    [InlineData("a sign 'The Boys' Room' in blue", "The Boys' Room")]
    [InlineData("a 27\" screen", "")]
    [InlineData("a 27\" screen with \"Hello\"", "Hello")]
    [InlineData("unfinished \"text", "")]
    [InlineData("empty \"\" and \" \" and \"...\"", "")]
    [InlineData("outer “say ‘cheese’ now”", "say ‘cheese’ now")]
    [InlineData("two lines \"FIRST\nSECOND\"", "FIRST\nSECOND")]
    [InlineData("إعلان «مرحبا بكم» وشعار \"شكرا\"", "مرحبا بكم|شكرا")]
    public void Quoted_texts_are_found(string prompt, string expected) =>
        Assert.Equal(expected, string.Join('|', QuotedText.Find(prompt).Select(q => q.Text)));

    [Fact]
    public void Places_cover_the_marks()
    {
        const string prompt = "a sign “ Open ” here";

        var quote = Assert.Single(QuotedText.Find(prompt));

        Assert.Equal("“ Open ”", prompt[quote.Start..quote.End]);
    }
}
