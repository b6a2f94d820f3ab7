using Gesso.Typography.Verification.Ocr;

namespace Gesso.Typography.Tests.Verification.Ocr;

public sealed class TextComparisonTests
{
    [Theory]
    [InlineData("ﬁne Ｐｒｉｃｅ", "fine Price", OcrScript.Latin)]
    [InlineData("cafe\u0301", "café", OcrScript.Latin)]
    [InlineData("  two   words\n", "two words", OcrScript.Latin)]
    [InlineData("م\u0640\u0640رحبا\u200F", "مرحبا", OcrScript.Arabic)]
    [InlineData("春 眠 不 覺 曉", "春眠不覺曉", OcrScript.Han)]
    [InlineData("ｶﾞｽ", "ガス", OcrScript.Japanese)]
    public void Same_to_a_reader_is_the_same(string a, string b, OcrScript script) =>
        Assert.Equal(TextComparison.Normalize(b, script), TextComparison.Normalize(a, script));

    [Fact]
    public void Spaces_and_case_count_where_scripts_have_them()
    {
        Assert.NotEqual(TextComparison.Normalize("no where", OcrScript.Latin), TextComparison.Normalize("nowhere", OcrScript.Latin));
        Assert.False(TextComparison.Score("SALE", new LineReading("Sale"), OcrScript.Latin).Exact);
    }

    [Fact]
    public void Glyphs_are_graphemes()
    {
        var score = TextComparison.Score("नमस्ते", new LineReading("नमस्त"), OcrScript.Devanagari);

        Assert.False(score.Exact);
        Assert.Equal((score.Glyphs - 1.0) / score.Glyphs, score.GlyphAccuracy, 1e-12);
    }

    [Theory]
    [InlineData("SALE", "SALE", 0)]
    [InlineData("SALE", "5ALE", 1)]
    [InlineData("SALE", "ASLE", 2)]
    [InlineData("SALE", "SAE", 1)]
    [InlineData("SALE", "", 4)]
    [InlineData("kitten", "sitting", 3)]
    public void Errors_are_letters_to_change_insert_or_leave_out(string expected, string read, int errors) =>
        Assert.Equal(errors, TextComparison.Score(expected, new LineReading(read), OcrScript.Latin).Errors);

    [Fact]
    public void Accuracy_does_not_fall_below_nothing() =>
        Assert.Equal(0, TextComparison.Score("ab", new LineReading("xxxxxxxx"), OcrScript.Latin).GlyphAccuracy);

    [Theory]
    [InlineData("Hello world", OcrScript.Latin)]
    [InlineData("2026", OcrScript.Latin)]
    [InlineData("Привет, world", OcrScript.Cyrillic)]
    [InlineData("東京タワー", OcrScript.Japanese)]
    [InlineData("东方明珠", OcrScript.Han)]
    [InlineData("안녕하세요", OcrScript.Korean)]
    [InlineData("مرحبا 2026", OcrScript.Arabic)]
    [InlineData("שלום", OcrScript.Hebrew)]
    [InlineData("สวัสดี", OcrScript.Thai)]
    [InlineData("Αθήνα", OcrScript.Greek)]
    public void Script_is_that_of_most_letters(string text, OcrScript script) => Assert.Equal(script, OcrScriptProfile.Guess(text));

    [Fact]
    public void Fifty_of_fifty_proves_ninety_three_percent()
    {
        var all = new Proportion(50, 50);

        Assert.Equal(0.929, all.Low, 0.001);
        Assert.Equal(1, all.High, 1e-12);
        Assert.Equal((0.0, 1.0), (new Proportion(0, 0).Low, new Proportion(0, 0).High));
        Assert.InRange(new Proportion(500, 1000).Low, 0.468, 0.470);
    }
}
