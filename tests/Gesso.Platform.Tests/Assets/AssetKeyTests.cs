using Gesso.Platform.Assets;

namespace Gesso.Platform.Tests.Assets;

public sealed class AssetKeyTests
{
    [Fact]
    public void Key_is_the_sha256_of_the_content() =>
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", AssetKey.Of("abc"u8).Sha256);

    [Fact]
    public void Key_is_parsed_from_its_text()
    {
        Assert.True(AssetKey.TryParse(AssetKey.Of("abc"u8).Sha256, out var key));
        Assert.Equal(AssetKey.Of("abc"u8), key);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ba7816bf")]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("../../8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015adxx")]
    public void Other_texts_are_no_keys(string? text) => Assert.False(AssetKey.TryParse(text, out _));
}
