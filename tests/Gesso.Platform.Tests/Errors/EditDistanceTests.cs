using Gesso.Contracts.Errors;

namespace Gesso.Platform.Tests.Errors;

public sealed class EditDistanceTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("brand", "", 5)]
    [InlineData("brand", "brand", 0)]
    [InlineData("brand", "grand", 1)]
    [InlineData("brand", "bran", 1)]
    [InlineData("brand", "brnad", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ab", "ba", 1)]
    public void Distance_counts_changes_insertions_omissions_and_exchanges(string a, string b, int expected)
    {
        Assert.Equal(expected, EditDistance.Between(a, b));
        Assert.Equal(expected, EditDistance.Between(b, a));
    }

    [Fact]
    public void Closest_name_is_told_only_when_it_is_near()
    {
        string[] names = ["Brand", "ink-style", "a"];

        Assert.Equal("Brand", EditDistance.Closest("brnad", names));
        Assert.Equal("ink-style", EditDistance.Closest("inkstyle", names));
        Assert.Null(EditDistance.Closest("watercolour", names));
        Assert.Null(EditDistance.Closest("brand", []));
    }
}
