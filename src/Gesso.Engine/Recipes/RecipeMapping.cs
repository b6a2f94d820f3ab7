using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;

namespace Gesso.Engine.Recipes;

/// <summary>Requests to recipes and back.</summary>
public static class RecipeMapping
{
    /// <summary>The recipe of one picture of a request.</summary>
    /// <param name="request">With every default filled in: a recipe must not depend on defaults that may change.</param>
    /// <param name="picture">Which picture of the request, from 0; its seed is the request's plus this.</param>
    /// <param name="model">What drew it.</param>
    /// <param name="engine">What it was computed with.</param>
    /// <param name="initImage">Name and hash of the initial picture, if there is one.</param>
    /// <param name="mask">Name and hash of the mask, if there is one.</param>
    /// <param name="adapters">Names and hashes of the adapters.</param>
    /// <param name="controlImage">Name and hash of the control picture, if there is one.</param>
    /// <exception cref="GessoException"><c>recipe_incomplete</c>: a defect, the caller did not resolve the request.</exception>
    public static Recipe ToRecipe(
        this ImageRequest request, int picture, RecipeModel model, EngineFacts engine, RecipeFile? initImage = null, RecipeFile? mask = null,
        IReadOnlyList<RecipeAdapter>? adapters = null, RecipeFile? controlImage = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfNegative(picture);
        return new Recipe
        {
            Prompt = request.Prompt,
            Prompt2 = request.Prompt2,
            NegativePrompt = request.NegativePrompt,
            Size = request.Size ?? throw Incomplete(nameof(request.Size)),
            Steps = request.Steps ?? throw Incomplete(nameof(request.Steps)),
            Guidance = request.Guidance,
            TrueGuidance = request.TrueGuidance,
            Seed = (request.Seed ?? throw Incomplete(nameof(request.Seed))).Next(picture),
            Sampler = request.Sampler ?? throw Incomplete(nameof(request.Sampler)),
            Parity = request.Parity,
            TextLength = request.TextLength,
            Strength = request.InitImage is null ? null : request.Strength,
            Model = model,
            InitImage = initImage,
            Mask = mask,
            ControlImage = controlImage,
            Adapters = adapters ?? [],
            Software = Recipe.CurrentSoftware,
            Engine = engine,
        };
    }

    /// <summary>The request that draws the picture again; members the recipe does not tell are left to the model's defaults.</summary>
    /// <param name="recipe">Where from.</param>
    /// <param name="initImage">The picture <see cref="Recipe.InitImage"/> names, loaded by the caller.</param>
    /// <param name="mask">The mask <see cref="Recipe.Mask"/> names.</param>
    /// <param name="controlImage">The picture <see cref="Recipe.ControlImage"/> names.</param>
    /// <param name="adapters">The files of <see cref="Recipe.Adapters"/>, or what is drawn with instead; null: not looked for.</param>
    /// <exception cref="GessoException">
    /// <c>recipe_needs_picture</c>: the recipe starts from a picture that was not given. <c>recipe_needs_adapter</c>: it was drawn with adapters.
    /// </exception>
    public static ImageRequest ToRequest(this Recipe recipe, RasterImage? initImage = null, RasterImage? mask = null, IReadOnlyList<ImageAdapter>? adapters = null, RasterImage? controlImage = null)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        if (recipe.InitImage is { } start && initImage is null)
            throw Needs("an initial picture", start, "--init-image");
        if (recipe.Mask is { } hole && mask is null)
            throw Needs("a mask", hole, "--mask");
        if (recipe.ControlImage is { } followed && controlImage is null)
            throw Needs("a control picture", followed, "--control-image");
        if (recipe.Adapters.Count > 0 && adapters is null)
        {
            throw GessoException.Invalid("recipe_needs_adapter",
                $"The recipe was drawn with {string.Join(", ", recipe.Adapters.Select(a => $"{a.Name} (SHA-256 {a.Sha256})"))}, not stored in it: give the files with --lora.");
        }
        return new ImageRequest
        {
            Prompt = recipe.Prompt,
            Prompt2 = recipe.Prompt2,
            NegativePrompt = recipe.NegativePrompt,
            Size = recipe.Size,
            Steps = recipe.Steps,
            Guidance = recipe.Guidance,
            TrueGuidance = recipe.TrueGuidance,
            Seed = recipe.Seed,
            InitImage = initImage,
            Strength = initImage is null ? null : recipe.Strength,
            Mask = mask,
            ControlImage = controlImage,
            TextLength = recipe.TextLength,
            Sampler = recipe.Sampler,
            Parity = recipe.Parity,
            Adapters = adapters ?? [],
        };
    }

    private static GessoException Incomplete(string member) =>
        GessoException.Bug("recipe_incomplete", $"A recipe is made from a request whose {member} is still open; resolve the request first.");

    private static GessoException Needs(string what, RecipeFile file, string option) => GessoException.Invalid("recipe_needs_picture",
        $"The recipe starts from {what}, {file.Name ?? "without a name"} (SHA-256 {file.Sha256}), which is not stored in it: give it with {option}.");
}
