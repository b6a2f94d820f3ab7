using System.Text.Json.Serialization;
using Gesso.Contracts.Images;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Server.Pictures;

namespace Gesso.Server.Jobs;

/// <summary>
/// What a caller asks for, in whichever dialect it came: valid in itself, not yet held against a model. Written as JSON it is what an idempotency key stands
/// for; members that do not change the picture stay out of that.
/// </summary>
internal sealed record JobOrder
{
    /// <summary>Name or alias; null: the server's default.</summary>
    public string? Model { get; init; }

    public required string Prompt { get; init; }

    public required WorkOptions Options { get; init; }

    /// <summary>Null: as the picture to draw on, or the model's default.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>Multiplies the model's steps, unless steps are given.</summary>
    public double StepsFactor { get; init; } = 1;

    public int Count { get; init; } = 1;

    [JsonIgnore]
    public SourcePicture? Image { get; init; }

    [JsonIgnore]
    public SourcePicture? Mask { get; init; }

    [JsonIgnore]
    public SourcePicture? ControlImage { get; init; }

    public string? ImageAsset => Image?.Asset.Sha256;

    public string? MaskAsset => Mask?.Asset.Sha256;

    public string? ControlAsset => ControlImage?.Asset.Sha256;

    public MaskReading MaskReading { get; init; }

    public PictureFormat Format { get; init; } = PictureFormat.Png;

    public int Compression { get; init; } = 100;

    [JsonIgnore]
    public bool Previews { get; init; }

    /// <summary>The caller is told nothing before the job's end.</summary>
    [JsonIgnore]
    public bool IsAnsweredAtItsEnd { get; init; }

    /// <summary>Its secret may be drawn anew for each try.</summary>
    [JsonIgnore]
    public WebhookTarget? Webhook { get; init; }

    public string? WebhookUrl => Webhook?.Url.OriginalString;

    /// <summary>The caller's key for this request: sent again with the same content it gets the same job.</summary>
    [JsonIgnore]
    public string? IdempotencyKey { get; init; }

    [JsonIgnore]
    public BatchId? Batch { get; init; }

    [JsonIgnore]
    public string? CustomId { get; init; }
}
