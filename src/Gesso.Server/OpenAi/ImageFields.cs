using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Pictures;

namespace Gesso.Server.OpenAi;

/// <summary>What the three image endpoints take: OpenAI's parameters, and Gesso's own in one object.</summary>
internal sealed class ImageFields
{
    public const int MostPartials = 3;

    public ImageFields(ServerOptions options)
    {
        var limits = options.Limits;
        Work = new WorkFields(limits);
        Prompt = new TextField("prompt", "What to draw.", limits.MaxPromptCharacters) { Required = true };
        OptionalPrompt = Prompt with { Required = false, Summary = "What the variation should show; empty: what the picture shows." };
        Count = new IntegerField("n", "How many pictures.", 1, limits.MaxCount) { Default = 1 };
        Gesso = new ObjectField(
            "gesso", "What Gesso can be told beyond OpenAI's parameters. In a form: JSON text, or names such as gesso[seed].", new FieldSet([.. Work.Fields]));
        Field[] output = [Model, Count, Size, Quality, Background, OutputFormat, Compression, ResponseFormat, Stream, Partials, Gesso, .. s_ignored];
        Generation = new FieldSet([Prompt, .. output]);
        Edit = new FieldSet([Prompt, Image, Images, Mask, .. output]);
        Variation = new FieldSet([OptionalPrompt, Image, .. output]);
    }

    public FieldSet Generation { get; }

    /// <summary>JSON and form: the form has <c>image</c>, JSON has <c>images</c>.</summary>
    public FieldSet Edit { get; }

    public FieldSet Variation { get; }

    public WorkFields Work { get; }

    public TextField Prompt { get; }

    public TextField OptionalPrompt { get; }

    public IntegerField Count { get; }

    public ObjectField Gesso { get; }

    public PictureField Image { get; } = new(
        "image", "The picture to draw on: PNG, JPEG or WebP. image[] and images[] are read as well. This model takes one.");

    public ListField Images { get; } = new("images", "JSON only: the picture to draw on.", Reference);

    public PictureField Mask { get; } = new(
        "mask", "A PNG of the same size: where it is transparent, the picture is redrawn. In JSON an object with image_url or file_id.");

    public TextField Model { get; } = new("model", "Name or alias of a model; GET /v1/models lists them. The server's default when left out.", 200);

    public SizeField Size { get; } = new("size", "Size of the picture, in pixels. Any size the model can draw.") { Default = "auto" };

    public ChoiceField Quality { get; } = new("quality", QualityLevels.Summary, QualityLevels.Names) { Default = "auto" };

    public ChoiceField Background { get; } = new(
        "background", "transparent is refused: no model here draws it.", ["auto", "opaque", "transparent"])
    { Default = "auto" };

    public ChoiceField OutputFormat { get; } = new("output_format", "File format.", PictureFormats.Names) { Default = "png" };

    public IntegerField Compression { get; } = new("output_compression", "Quality of JPEG and WebP files.", 0, 100) { Default = 100 };

    public ChoiceField ResponseFormat { get; } = new(
        "response_format",
        "b64_json: the picture in the answer; url: an address that works for a while. b64_json when left out, url for aliases that begin with dall-e-.",
        ["b64_json", "url"]);

    public FlagField Stream { get; } = new("stream", "Answer with server-sent events.") { Default = false };

    public IntegerField Partials { get; } = new(
        "partial_images", "With stream: real previews from denoising, so many a picture at most.", 0, MostPartials)
    { Default = 0 };

    public static TextField ImageUrl { get; } = new("image_url", "A data: URL, or an https: address that this server may fetch.", int.MaxValue);

    public static TextField FileId { get; } = new("file_id", "The id of an upload (POST /api/uploads) or of a drawn picture.", 200);

    /// <summary>A picture by reference; exactly one of the two.</summary>
    public static FieldSet Reference { get; } = new(ImageUrl, FileId);

    private static readonly Field[] s_ignored =
    [
        new IgnoredField("moderation", "Accepted, without effect."),
        new IgnoredField("user", "Accepted, without effect."),
        new IgnoredField("safety_identifier", "Accepted, without effect."),
        new IgnoredField("style", "Accepted, without effect."),
        new IgnoredField("input_fidelity", "Accepted, without effect."),
    ];
}
