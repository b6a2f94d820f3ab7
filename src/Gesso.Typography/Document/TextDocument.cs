using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;

namespace Gesso.Typography.Document;

/// <summary>
/// The words of a picture: what stands where, in which dress. It is kept beside the picture, so that a word can be changed without drawing the picture again.
/// </summary>
public sealed record TextDocument
{
    /// <summary>Raised when a reader of the previous version would misunderstand.</summary>
    public const int CurrentVersion = 1;

    public const int MostLayers = 200;

    private const double AspectTolerance = 0.01;

    /// <summary>The picture that the numbers were written for; null: the one it is laid into. Another size of the same shape scales everything.</summary>
    public ImageSize? Canvas { get; init; }

    public IReadOnlyList<TextLayer> Layers { get; init; } = [];

    /// <summary>From the lowest to the topmost; layers of one <see cref="TextLayer.Z"/> in their order in the document.</summary>
    public IEnumerable<TextLayer> InDrawingOrder => Layers.OrderBy(layer => layer.Z);

    /// <exception cref="GessoException"><c>bad_text_document</c>, naming the layer and the member.</exception>
    public void Validate()
    {
        if (Layers.Count > MostLayers)
            throw TextDocumentError.At("layers", $"expected at most {MostLayers} layers, got {Layers.Count}");
        if (Canvas is { } canvas && (canvas.Width is < 1 or > TextLimits.MostPixelsASide || canvas.Height is < 1 or > TextLimits.MostPixelsASide))
            throw TextDocumentError.At("canvas", $"expected sides of 1 to {TextLimits.MostPixelsASide} pixels, got {canvas}");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < Layers.Count; i++)
        {
            Layers[i].Validate($"layers[{i}]");
            if (!names.Add(Layers[i].Id))
                throw TextDocumentError.At($"layers[{i}].id", $"expected a name of its own, but \"{Layers[i].Id}\" is taken by an earlier layer");
        }
    }

    /// <summary>The layer of that name.</summary>
    /// <exception cref="GessoException"><c>layer_not_found</c>, with the names that there are.</exception>
    public TextLayer Layer(string id) => Layers.FirstOrDefault(layer => layer.Id == id)
        ?? throw GessoException.Invalid(
            "layer_not_found", $"There is no text layer \"{id}\"; this picture has {string.Join(", ", Layers.Select(l => l.Id).DefaultIfEmpty("none"))}.");

    /// <summary>With a layer in the place of the one that has its name.</summary>
    public TextDocument With(TextLayer changed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        Layer(changed.Id);
        return this with { Layers = [.. Layers.Select(layer => layer.Id == changed.Id ? changed : layer)] };
    }

    /// <summary>In pixels of a picture.</summary>
    /// <exception cref="GessoException"><c>canvas_mismatch</c>: it was written for a picture of another shape.</exception>
    public TextDocument For(ImageSize picture)
    {
        if (Canvas is not { } canvas || canvas == picture)
            return this with { Canvas = picture };
        double across = (double)picture.Width / canvas.Width, down = (double)picture.Height / canvas.Height;
        if (Math.Abs(across / down - 1) > AspectTolerance)
        {
            throw GessoException.Invalid(
                "canvas_mismatch", $"The text was laid out for {canvas}, and this picture is {picture}: another shape. Lay it out anew, or change its canvas.");
        }
        return new TextDocument { Canvas = picture, Layers = [.. Layers.Select(layer => layer.Scaled(across, down))] };
    }
}
