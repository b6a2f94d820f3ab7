using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine.Recipes;
using Gesso.Engine.Text;
using Gesso.Testing;
using Gesso.Typography.Fonts;
using Gesso.Typography.Planning;
using Gesso.Typography.Rendering;

namespace Gesso.Engine.Tests.Text;

public sealed class PromptedPictureTests : IDisposable
{
    private const string Prompt = "A poster of mountains with the title \"ANNUAL REPORT 2026\" and the subtitle \"All in one year\"";

    private readonly TinyEngine _tiny = new();

    private static readonly ImageRequest Wanted = TinyEngine.Request with { Prompt = Prompt, Size = new ImageSize(384, 256), Steps = 1 };

    [Fact]
    public void Words_are_kept_from_the_network_and_laid_in_exactly()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(_tiny.Dev);
        var request = Wanted;
        var picture = PromptedPicture.Draw(engine, request, new TextRenderer(FontLibrary.Default)).Single();

        var plain = TinyEngine.Draw(engine, request with { Prompt = PromptPlanner.Plan(Prompt).ModelPrompt }).Single();
        var carried = TextPicture.Read(picture.Png, "poster");
        Assert.Equal(plain.Picture.Pixels, picture.Drawn.Picture.Pixels);
        Assert.Equal(plain.Picture.Pixels, carried.Plate.Pixels);
        Assert.Equal(["ANNUAL REPORT 2026", "All in one year"], carried.Document.Layers.Select(layer => layer.Text));
        Assert.Equal(["title", "subtitle"], carried.Document.Layers.Select(layer => layer.Id));
        Assert.NotNull(picture.Words);
    }

    [Fact]
    public void Recipe_keeps_the_prompt_as_given_and_repeats_the_whole()
    {
        using var engine = TinyEngine.Load(_tiny.Dev);
        var renderer = new TextRenderer(FontLibrary.Default);
        var first = PromptedPicture.Draw(engine, Wanted, renderer).Single();

        var recipe = RecipePng.Read(first.Png, "poster");
        var again = PromptedPicture.Draw(engine, recipe.ToRequest(), renderer).Single();

        Assert.Equal((Prompt, true), (recipe.Prompt, recipe.LaysWords));
        Assert.Equal(first.Png, again.Png);
    }

    [Fact]
    public void Prompt_without_quotation_marks_is_a_plain_picture()
    {
        using var engine = TinyEngine.Load(_tiny.Dev);

        var picture = PromptedPicture.Draw(engine, TinyEngine.Request, new TextRenderer(FontLibrary.Default)).Single();

        Assert.Null(picture.Words);
        Assert.False(TextPicture.TryReadDocument(picture.Png, out _));
        Assert.False(RecipePng.Read(picture.Png, "box").LaysWords);
    }

    [Fact]
    public void Words_that_do_not_fit_are_told_before_anything_is_drawn()
    {
        using var engine = TinyEngine.Load(_tiny.Dev);

        var error = Assert.Throws<GessoException>(() => PromptedPicture.Draw(engine, Wanted with { Size = new ImageSize(32, 24) }, new TextRenderer(FontLibrary.Default)));

        Assert.Equal("text_overflow", error.Code);
        Assert.Contains("--no-text", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _tiny.Dispose();
}
