using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Pictures;

namespace Gesso.Server.Native;

/// <summary>
/// What POST /api/jobs takes, and each line of a batch. The <c>request</c> of a job that is shown has the same names, so it can be sent again as it is.
/// </summary>
internal sealed class JobFields
{
    public const int LongestCustomId = 200;
    private const int LongestReference = int.MaxValue;

    public JobFields(ServerOptions options)
    {
        var limits = options.Limits;
        Work = new WorkFields(limits);
        Prompt = new TextField("prompt", "What to draw.", limits.MaxPromptCharacters) { Required = true };
        Count = new IntegerField("n", "How many pictures.", 1, limits.MaxCount) { Default = 1 };
        Field[] job = [Prompt, Model, Size, Count, OutputFormat, Compression, Quality, Image, Mask, MaskReading, Previews, Webhook, .. Work.Fields];
        Job = new FieldSet(job);
        Line = new FieldSet([.. job, CustomId]);
    }

    public FieldSet Job { get; }

    /// <summary>A line of a batch.</summary>
    public FieldSet Line { get; }

    public WorkFields Work { get; }

    public TextField Prompt { get; }

    public IntegerField Count { get; }

    public TextField Model { get; } = new("model", "Name or alias of a model; GET /api/models lists them. The server's default when left out.", 200);

    public SizeField Size { get; } = new("size", "Size of the picture, in pixels.") { Default = "auto" };

    public ChoiceField OutputFormat { get; } = new("output_format", "File format.", PictureFormats.Names) { Default = "png" };

    public IntegerField Compression { get; } = new("output_compression", "Quality of JPEG and WebP files.", 1, 100) { Default = 100 };

    public ChoiceField Quality { get; } = new("quality", QualityLevels.Summary, QualityLevels.Names) { Default = "auto" };

    public TextField Image { get; } = new(
        "image",
        "The picture to draw on: the id of an upload, the id of a drawn picture, a data: URL, or an https: address that this server may fetch.",
        LongestReference);

    public TextField Mask { get; } = new("mask", "Which part to redraw: as image, of the same size.", LongestReference);

    public ChoiceField MaskReading { get; } = new(
        "mask_reading", "white: white is redrawn; transparent: what is transparent is redrawn.", ["white", "transparent"])
    { Default = "white" };

    public FlagField Previews { get; } = new("previews", "Whether the events of the job carry pictures of how it forms.") { Default = true };

    public ObjectField Webhook { get; } = new("webhook", "Who is told of the end (Standard Webhooks).", new FieldSet(WebhookUrl, WebhookSecret));

    public TextField CustomId { get; } = new("custom_id", "Your own name for this line; unique within the batch.", LongestCustomId);

    public static TextField WebhookUrl { get; } = new("url", "An https: address.", 2000) { Required = true };

    public static TextField WebhookSecret { get; } = new("secret", "whsec_ and base 64 of 24 to 64 bytes; made and shown once when left out.", 200);
}
