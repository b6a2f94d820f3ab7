using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Formats.Png;
using Gesso.Typography.Document;
using Gesso.Typography.Rendering;

namespace Gesso.Engine.Text;

/// <summary>
/// A PNG picture that carries its text document and what the text covers: a word can be changed without drawing the picture again, and taken off without a trace.
/// </summary>
/// <param name="Plate">Without the text.</param>
/// <param name="OtherTexts">What else the file tells, such as its recipe.</param>
public sealed record TextPicture(RasterImage Plate, TextDocument Document, IReadOnlyList<PngText> OtherTexts)
{
    /// <summary>The PNG keyword of the document.</summary>
    public const string Keyword = "gesso-text";

    /// <summary>The PNG chunk of what the text covers.</summary>
    public const string PlateChunk = "gsPL";

    /// <summary>The PNG keyword that says that the surface around the letters was redrawn.</summary>
    private const string RingKeyword = "gesso-text-ring";

    /// <summary>Whether the picture around the letters differs from the plate too (<see cref="RingRedraw"/>).</summary>
    public bool HasRing => OtherTexts.Any(text => text.Keyword == RingKeyword);

    internal static PngText RingText(double strength) => new(RingKeyword, strength.ToString(CultureInfo.InvariantCulture));

    /// <summary>Draws a document onto a picture and saves both in one file.</summary>
    /// <param name="renderer">With the fonts.</param>
    /// <param name="plate">Any picture.</param>
    /// <param name="otherTexts">Stored too.</param>
    public static (byte[] Png, TextRendering Rendering) Make(TextRenderer renderer, RasterImage plate, TextDocument document, IEnumerable<PngText>? otherTexts = null)
    {
        ArgumentNullException.ThrowIfNull(renderer);
        ArgumentNullException.ThrowIfNull(plate);
        ArgumentNullException.ThrowIfNull(document);
        var rendering = renderer.Render(document, plate);
        return (Save(plate, document, rendering, otherTexts?.Where(text => text.Keyword != RingKeyword)), rendering);
    }

    /// <summary>A PNG of what was drawn, with the document and what it covers.</summary>
    /// <param name="plate">What it was drawn onto.</param>
    /// <param name="otherTexts">Stored too.</param>
    public static byte[] Save(RasterImage plate, TextDocument document, TextRendering rendering, IEnumerable<PngText>? otherTexts = null)
    {
        ArgumentNullException.ThrowIfNull(plate);
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(rendering);
        byte[] png = ImageFiles.EncodePng(rendering.Picture);
        var laid = document with { Canvas = document.Canvas ?? plate.Size };
        png = PngChunks.WithText(png, [.. otherTexts ?? [], new PngText(Keyword, TextDocumentJson.Write(laid))]);
        return PngPrivateChunk.With(png, PlateChunk, PlatePatch.Make(TextRenderer.Colored(plate), rendering.Picture));
    }

    /// <summary>The document, the plate and the other texts of a file.</summary>
    /// <param name="png">The file's bytes.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="GessoException"><c>no_text_document</c>, <c>plate_missing</c>, <c>plate_changed</c>, <c>plate_damaged</c>.</exception>
    public static TextPicture Read(byte[] png, string name)
    {
        ArgumentNullException.ThrowIfNull(png);
        var document = ReadDocument(png, name);
        byte[] patch = PngPrivateChunk.Read(png, PlateChunk) ?? throw GessoException.Invalid(
            "plate_missing", $"{name} has lost what its text covers (a program that saves PNG anew drops it), so the text cannot be taken off. Take the file that Gesso wrote.");
        var plate = PlatePatch.Restore(patch, ImageFiles.Decode(png, name));
        return new TextPicture(plate, document, [.. PngChunks.ReadText(png).Where(text => text.Keyword != Keyword)]);
    }

    /// <summary>The document alone.</summary>
    /// <exception cref="GessoException"><c>no_text_document</c>, <c>bad_text_document</c>.</exception>
    public static TextDocument ReadDocument(byte[] png, string name) => TryReadDocument(png, out var document)
        ? document
        : throw GessoException.Invalid("no_text_document", $"{name} carries no text document: lay one with `gesso text render LAYERS.json --on {name}`.");

    /// <summary>False: the file is no PNG picture, or carries none.</summary>
    public static bool TryReadDocument(ReadOnlySpan<byte> png, [NotNullWhen(true)] out TextDocument? document)
    {
        document = null;
        if (!png.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']))
            return false;
        document = PngChunks.ReadText(png).FirstOrDefault(text => text.Keyword == Keyword) is { } found ? TextDocumentJson.Parse(found.Text) : null;
        return document is not null;
    }
}
