using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine.Recipes;
using Gesso.Formats.Png;
using Gesso.Typography.Document;
using Gesso.Typography.Planning;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;

namespace Gesso.Engine.Text;

/// <summary>
/// What a request wants to have written into its pictures: a document that is given, or the words that its prompt puts in quotation marks. A given document wins,
/// and the prompt is then drawn as it is.
/// </summary>
public sealed class RequestedText
{
    private readonly QuotedRequest? _quoted;
    private readonly TextDocument? _document;

    private RequestedText(ImageRequest drawn, QuotedRequest? quoted, TextDocument? document)
    {
        Drawn = drawn;
        _quoted = quoted;
        _document = document;
    }

    /// <summary>What the network is given.</summary>
    public ImageRequest Drawn { get; }

    /// <summary>Of the prompt; null: a document was given.</summary>
    public PromptPlan? Words => _quoted?.Words;

    /// <param name="document">Null: the words in quotation marks.</param>
    /// <returns>Null: nothing is to be written.</returns>
    public static RequestedText? Of(ImageRequest request, TextDocument? document)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (document is not null)
            return new RequestedText(request, null, document);
        return QuotedRequest.Of(request) is { } quoted ? new RequestedText(quoted.Drawn, quoted, null) : null;
    }

    /// <summary>Finds out before anything is drawn whether it can be laid into a picture of that size.</summary>
    /// <param name="renderer">With the fonts.</param>
    /// <exception cref="GessoException">A font or a glyph is missing, a text does not fit, or the document is for another shape.</exception>
    public void RequireFits(TextRenderer renderer, ImageSize size)
    {
        ArgumentNullException.ThrowIfNull(renderer);
        if (_document is not null)
            renderer.RequireFits(_document, size);
        else
            _quoted!.RequireFits(renderer, size);
    }

    /// <summary>Lays it into a picture and looks whether it came out; layers in the scene that have no region get the picture's plate.</summary>
    /// <exception cref="GessoException">As <see cref="RequireFits"/>; <c>no_plate</c>.</exception>
    public LaidText Lay(CarefulRenderer renderer, RasterImage picture)
    {
        ArgumentNullException.ThrowIfNull(renderer);
        var layers = _document is not null ? new PromptLayers(SurfaceFinder.FillIn(_document, picture)) : _quoted!.Layers(renderer.Renderer, picture);
        return new LaidText(picture, renderer.Lay(layers.Document, picture, layers.Elsewhere), layers.Note);
    }

    /// <summary>The recipe of what was drawn as the recipe of the whole.</summary>
    public Recipe RecipeOf(Recipe drawn) => _quoted?.RecipeOf(drawn) ?? drawn;
}

/// <summary>A picture with its text.</summary>
/// <param name="Plate">Without it.</param>
/// <param name="Note">Where it went, if that is worth knowing.</param>
/// <param name="Ring">How strongly the surface around the letters was redrawn (<see cref="RingRedraw"/>); null: not.</param>
public sealed record LaidText(RasterImage Plate, CarefulText Text, string? Note, double? Ring = null)
{
    public RasterImage Picture => Text.Rendering.Picture;

    /// <summary>In sentences: where it went, and what was changed on the way.</summary>
    public IEnumerable<string> Notes => [.. Note is null || Text.Moved ? [] : (string[])[Note], .. Text.Changes.Select(step => $"The text was laid again: {step.Reason}.")];

    /// <summary>With the document and what it covers (<see cref="TextPicture"/>).</summary>
    /// <param name="otherTexts">Stored too.</param>
    public byte[] ToPng(IEnumerable<PngText>? otherTexts = null) => TextPicture.Save(
        Plate, Text.Document, Text.Rendering, [.. otherTexts ?? [], .. Ring is { } ring ? (PngText[])[TextPicture.RingText(ring)] : []]);
}
