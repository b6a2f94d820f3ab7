using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Planning;
using Gesso.Typography.Rendering;
using Gesso.Typography.Scene;

namespace Gesso.Typography.Tests.Planning;

public sealed class PromptLayoutTests
{
    private static readonly TextRenderer Renderer = new(FontLibrary.Default);

    private static readonly PromptLayout Layout = new(Renderer);

    private static readonly Quad Plate = new(new ScenePoint(90, 70), new ScenePoint(430, 110), new ScenePoint(415, 260), new ScenePoint(105, 285));

    [Theory]
    [InlineData("poster", "A poster \"SUMMER FEST\" with the tagline \"Music by the sea\", price \"$25\", and the footer \"12 July, Old Harbour\"")]
    [InlineData("ui", "mobile app, clean UI, title \"Good morning\", text \"You have walked 8,214 steps today\", button \"Start\"")]
    [InlineData("infographic", "infographic about bees, title \"BEES\", \"20,000 species\", \"One third of what we eat\", \"Wings beat 230 times a second\"")]
    [InlineData("bilingual", "an ad \"Fresh coffee\" and \"قهوة طازجة\"")]
    [InlineData("picture", "a beach at sunset «Каникулы у моря»")]
    public void Words_stand_in_safe_margins_in_order_of_rank_and_pass_the_checks(string name, string prompt)
    {
        var plan = PromptPlanner.Plan(prompt);
        var picture = Drawing.Blurred(Drawing.Noisy(Drawing.Busy(768, 768, 2), 4, 3), 4);

        var layers = Layout.Into(plan, picture);
        var rendering = Renderer.Render(layers.Document, picture);
        Drawing.Show($"prompt-{name}", rendering.Picture);

        Assert.Null(layers.Note);
        Assert.Equal(plan.Texts.Select(text => text.Text), layers.Document.Layers.Select(layer => layer.Text));
        Assert.True(rendering.Report.Passed, string.Join("; ", rendering.Report.Layers.SelectMany(layer => layer.Problems)));
        Assert.All(layers.Document.Layers.Select(layer => (BoxRegion)layer.Region), box => Assert.True(
            box.X >= 0.059 * 768 && box.Y >= 0.059 * 768 && box.X + box.Width <= 0.941 * 768 && box.Y + box.Height <= 0.941 * 768, $"{box}"));
        double first = rendering.Layers[plan.Texts.ToList().FindIndex(text => text.Rank == 0)].Layout.Size;
        Assert.All(rendering.Layers, layer => Assert.True(layer.Layout.Size <= first, $"{layer.Layer.Id} is larger than what is read first"));
    }

    [Fact]
    public void Words_of_a_sign_lie_on_the_plate_of_the_picture()
    {
        var street = Drawing.Noisy(Drawing.WithPlate(Drawing.Busy(520, 360, 1), Plate, (u, _) => (225 - 40 * u, 222 - 40 * u, 205 - 40 * u)), 2, 2);

        var layers = Layout.Into(PromptPlanner.Plan("a rusty street sign that says \"HARBOUR STREET\", evening"), street);
        var rendering = Renderer.Render(layers.Document, street);
        Drawing.Show("prompt-sign", rendering.Picture);

        var layer = Assert.Single(layers.Document.Layers);
        Assert.True(layer.IsInScene);
        Assert.All(((QuadRegion)layer.Region).Corners, c => Assert.True(Plate.Contains(new ScenePoint(c.X, c.Y))));
        Assert.StartsWith("The words lie on the surface", layers.Note, StringComparison.Ordinal);
        Assert.True(rendering.Report.Passed);
    }

    [Fact]
    public void Words_of_a_sign_that_does_not_show_stand_free()
    {
        var layers = Layout.Into(PromptPlanner.Plan("a street sign that says \"HARBOUR\""), Drawing.Busy(800, 600, 3));

        Assert.StartsWith("No surface", layers.Note, StringComparison.Ordinal);
        var region = Assert.IsType<BoxRegion>(Assert.Single(layers.Document.Layers).Region);
        Assert.True(region.Height <= 0.31 * 600);
    }

    [Fact]
    public void Size_alone_tells_whether_words_fit()
    {
        var plan = PromptPlanner.Plan("a poster \"ANNUAL REPORT 2026\"");

        Assert.Equal(new ImageSize(320, 200), Layout.Free(plan, new ImageSize(320, 200)).Canvas);
        Assert.Equal("text_overflow", Assert.Throws<GessoException>(() => Layout.Free(plan, new ImageSize(32, 24))).Code);
    }
}
