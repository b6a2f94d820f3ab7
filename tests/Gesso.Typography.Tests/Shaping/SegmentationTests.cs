using Gesso.Typography.Shaping;

namespace Gesso.Typography.Tests.Shaping;

public sealed class SegmentationTests
{
    [Theory]
    [InlineData("สวัสดีชาวโลก", "สวัสดี|ชาว|โลก")]
    [InlineData("東京タワー。", "東|京|タ|ワー。")]
    [InlineData("「試合」ァ", "「試|合」ァ")]
    [InlineData("안녕 세계", "안녕 |세계")]
    [InlineData("for 12,50 € or 50 %", "for |12,50 € |or |50 %")]
    [InlineData("ex\u00ADample", "ex\u00ADample")]
    [InlineData("well-known a\u00A0b", "well-|known |a\u00A0b")]
    public void Lines_end_where_readers_expect_it(string text, string expected)
    {
        List<string> parts = [];
        int start = 0;
        foreach (int end in Segmentation.LineBreaks(text))
        {
            parts.Add(text[start..end]);
            start = end;
        }

        Assert.Equal(expected, string.Join('|', parts));
    }

    [Fact]
    public void Grapheme_is_what_a_reader_calls_a_character() =>
        Assert.Equal([0, 2, 3, 14], Segmentation.Graphemes("e\u0301x👨\u200D👩\u200D👧\u200D👦y"));

    [Theory]
    [InlineData('é', "LATIN SMALL LETTER E WITH ACUTE")]
    [InlineData('漢', "CJK UNIFIED IDEOGRAPH-6F22")]
    public void Character_has_its_Unicode_name(char character, string name) => Assert.Equal(name, Segmentation.Name(new System.Text.Rune(character)));
}
