using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine.Recipes;
using Gesso.Typography.Planning;
using Gesso.Typography.Rendering;

namespace Gesso.Engine.Text;

/// <summary>
/// A request whose prompt puts words in quotation marks: the network draws without them, and they are laid into what it drew, exactly. Its recipe keeps the prompt
/// as it was given.
/// </summary>
public sealed class QuotedRequest
{
    private readonly ImageRequest _given;

    private QuotedRequest(ImageRequest given, PromptPlan words)
    {
        _given = given;
        Words = words;
        Drawn = given with
        {
            Prompt = words.ModelPrompt,
            Prompt2 = given.Prompt2 is { } second ? PromptPlanner.Plan(second).ModelPrompt : null,
        };
    }

    public PromptPlan Words { get; }

    /// <summary>What the network is given.</summary>
    public ImageRequest Drawn { get; }

    /// <summary>Null: the prompt quotes nothing.</summary>
    public static QuotedRequest? Of(ImageRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var words = PromptPlanner.Plan(request.Prompt);
        return words.Texts.Count == 0 ? null : new QuotedRequest(request, words);
    }

    /// <summary>Finds out before anything is drawn whether the words can be laid into a picture of that size.</summary>
    /// <param name="renderer">With the fonts.</param>
    /// <exception cref="GessoException">A font or a glyph is missing, or a text does not fit.</exception>
    public void RequireFits(TextRenderer renderer, ImageSize size)
    {
        try
        {
            _ = new PromptLayout(renderer).Free(Words, size);
        }
        catch (GessoException e) when (e.Kind == ErrorKind.InvalidRequest)
        {
            throw new GessoException(
                e.Kind, e.Code, $"The words in quotation marks cannot be laid into a picture of {size}. {e.Message} Without the marks, or with --no-text, the prompt is drawn as it is.", e);
        }
    }

    /// <summary>Where the words go in a picture.</summary>
    /// <param name="renderer">With the fonts.</param>
    public PromptLayers Layers(TextRenderer renderer, RasterImage picture) => new PromptLayout(renderer).Into(Words, picture);

    /// <summary>The recipe of what was drawn as the recipe of the whole: it draws and lays in the words again.</summary>
    public Recipe RecipeOf(Recipe drawn)
    {
        ArgumentNullException.ThrowIfNull(drawn);
        return drawn with { Prompt = _given.Prompt, Prompt2 = _given.Prompt2, LaysWords = true };
    }
}
