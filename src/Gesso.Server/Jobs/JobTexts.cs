using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Platform.Jobs;
using Gesso.Server.Errors;
using Gesso.Server.Json;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Planning;
using Gesso.Typography.Rendering;

namespace Gesso.Server.Jobs;

/// <summary>
/// The text of a job: read, decided, and held against fonts and the picture's size before the job is queued. Fonts are opened with the first request that has
/// text, and nothing is drawn here.
/// </summary>
internal static class JobTexts
{
    /// <summary>Until a worker has opened the model, the shape of its pictures is not known: then only fonts and glyphs are looked at.</summary>
    private static readonly ImageSize s_usual = new(1024, 1024);

    /// <param name="path">The field's name.</param>
    /// <param name="json">The document.</param>
    /// <param name="most">Characters.</param>
    /// <exception cref="ApiException">400 naming the layer and the member.</exception>
    public static TextChoice Document(string path, string json, int most)
    {
        if (json.Length > most)
            throw ApiException.Invalid(path, "string_above_max_length", $"{path}: expected a text document of at most {most} characters, got {json.Length}.");
        TextDocument document = null!;
        Require(path, () => document = TextDocumentJson.Parse(json));
        foreach (var (layer, family) in document.Layers.SelectMany(layer => layer.Font.Families.Select(family => (layer, family))).Where(named => FontLibrary.IsFile(named.family)))
        {
            throw ApiException.Invalid(
                path, "font_by_file", $"{path}: layer \"{layer.Id}\" names the font file {Shown.Quote(family)}; expected the name of a family. Files of the server are not read for requests.");
        }
        return new TextChoice(false, json);
    }

    /// <param name="order">The request.</param>
    /// <param name="model">What draws it.</param>
    /// <param name="size">Of its pictures; null: the model's.</param>
    /// <returns>Null: no text.</returns>
    /// <exception cref="ApiException">400: a font or a glyph is missing, a text does not fit, or the document is for another shape.</exception>
    public static TextUse? Decide(JobOrder order, ServedModel model, ImageSize? size)
    {
        var asked = order.Options.Text ?? TextChoice.Quoted;
        if (asked.IsNone || (asked.Document is null && QuotedText.Find(order.Prompt).Count == 0))
            return null;
        var known = size ?? model.Card?.Defaults.Size;
        TextRenderer renderer = new(FontLibrary.Default);
        if (asked.Document is { } json)
        {
            var document = TextDocumentJson.Parse(json);
            Require(order.Options.Prefix + "text", () => renderer.RequireFits(document, known ?? document.Canvas ?? s_usual));
            return new TextUse(json);
        }
        var picture = known ?? s_usual;
        string advice = $" Without the marks, or with {order.Options.Prefix}text false, the prompt is drawn as it is.";
        Require("prompt", () => _ = new PromptLayout(renderer).Free(PromptPlanner.Plan(order.Prompt), picture), $"the words in quotation marks cannot be laid into a picture of {picture}. ", advice);
        return new TextUse();
    }

    private static void Require(string path, Action check, string before = "", string after = "")
    {
        try
        {
            check();
        }
        catch (GessoException e) when (e.Kind is ErrorKind.InvalidRequest or ErrorKind.Refused)
        {
            throw ApiException.Invalid(path, e.Code, $"{path}: {before}{e.Message}{after}");
        }
    }
}
