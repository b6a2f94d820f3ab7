using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Recipes;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;

namespace Gesso.Engine.Text;

/// <summary>A picture as a file, with the words of its prompt.</summary>
/// <param name="Drawn">What the network drew.</param>
/// <param name="Png">With the words, their document and the recipe.</param>
/// <param name="Words">What was laid in; null: the prompt quotes nothing.</param>
/// <param name="Note">Where the words went, if that is worth knowing.</param>
public sealed record PromptedPicture(ImageResult Drawn, byte[] Png, TextRendering? Words, string? Note)
{
    /// <summary>Plans, draws, lays in the words in quotation marks, and writes the recipe: one call for each whole picture.</summary>
    /// <param name="engine">On its own thread.</param>
    /// <param name="renderer">With the fonts.</param>
    /// <exception cref="GessoException">As <see cref="ImageEngine.Plan"/> and <see cref="RequestedText.RequireFits"/>, before anything is drawn.</exception>
    public static IEnumerable<PromptedPicture> Draw(ImageEngine engine, ImageRequest request, TextRenderer renderer, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var words = RequestedText.Of(request, document: null);
        var plan = engine.Plan(words?.Drawn ?? request);
        words?.RequireFits(renderer, plan.First.Size);
        return Draw(engine, plan, words, renderer, cancellation);
    }

    private static IEnumerable<PromptedPicture> Draw(ImageEngine engine, GenerationPlan plan, RequestedText? words, TextRenderer renderer, CancellationToken cancellation)
    {
        var model = new RecipeModel(engine.Card.Name, engine.Card.Fingerprint);
        foreach (var step in engine.Generate(plan, cancellation: cancellation))
        {
            if (step.Result is not { } drawn)
                continue;
            var recipe = plan.Request.ToRecipe(
                step.Image, model, engine.Facts, Input(plan.Request.InitImage), Input(plan.Request.Mask), engine.AdaptersOf(plan), Input(plan.Request.ControlImage));
            if (words is null)
            {
                yield return new PromptedPicture(drawn, RecipePng.Write(ImageFiles.EncodePng(drawn.Picture), recipe), null, null);
                continue;
            }
            var laid = words.Lay(new CarefulRenderer(renderer), drawn.Picture);
            yield return new PromptedPicture(drawn, RecipePng.Write(laid.ToPng(), words.RecipeOf(recipe)), laid.Text.Rendering, laid.Note);
        }
    }

    private static RecipeFile? Input(RasterImage? picture) => picture is null ? null : RecipeFile.Of(null, picture.Pixels);
}
