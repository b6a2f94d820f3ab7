using Gesso.Testing;
using Gesso.Training.Widening;

namespace Gesso.Training.Tests.Widening;

public sealed class FlatStyleTests
{
    [Fact]
    public void The_colours_of_a_style_are_those_of_its_areas_the_commonest_first()
    {
        var style = FlatStyle.Of([FlatArt.Square(FlatArt.Red), FlatArt.Square(FlatArt.Red), FlatArt.Square(FlatArt.Teal)]);

        Assert.NotNull(style);
        Assert.Equal([((byte)255, (byte)255, (byte)255), FlatArt.Red, FlatArt.Teal], style.Colours.Select(c => (c.Red, c.Green, c.Blue)));
        Assert.Equal(1, style.Colours.Sum(c => c.Share), 6);
        Assert.Equal(0, style.LineWidth);
    }

    [Fact]
    public void A_shaded_drawing_becomes_even_areas_of_the_styles_colours_on_the_same_ground()
    {
        var style = FlatStyle.Of([FlatArt.Square(FlatArt.Red), FlatArt.Square(FlatArt.Teal)])!;
        var drawing = FlatArt.Shaded();

        var redrawn = style.Redraw(drawing);

        Assert.True(FlatArt.ColoursOf(drawing).Count > 10);
        var expected = FlatArt.Square(FlatArt.Red);
        byte[] differences = [.. redrawn.Pixels.Zip(expected.Pixels, (a, b) => (byte)Math.Abs(a - b))];
        // areas have the very colours of the style; along the edge of 4·24 pixels they may be mixed, and corners are rounded
        Assert.InRange(differences.Chunk(3).Count(d => d.Max() > 0), 0, 4 * 2 * 24);
        Assert.InRange(differences.Chunk(3).Count(d => d.Max() > 128), 0, 4 * 3);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Lines_round_things_are_seen_with_their_width(int width)
    {
        var style = FlatStyle.Of([FlatArt.Square(FlatArt.Red, width), FlatArt.Square(FlatArt.Teal, width)])!;

        Assert.Equal(1, style.Outlined);
        Assert.InRange(style.LineWidth, width, width + 1);
    }

    [Fact]
    public void Pictures_that_are_not_flat_have_no_such_style() => Assert.Null(FlatStyle.Of([Pictures.Noise(40, 40, 3, 1), Pictures.Noise(40, 40, 3, 2)]));
}
