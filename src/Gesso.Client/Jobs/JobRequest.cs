using System.Text.Json;
using System.Text.Json.Serialization;
using Gesso.Contracts.Images;

namespace Gesso.Client;

/// <summary>What to draw. What is left out the model decides.</summary>
public sealed record JobRequest
{
    public string Prompt { get; init; } = "";

    /// <summary>A name or alias of <see cref="GessoClient.ModelsAsync"/>.</summary>
    public string? Model { get; init; }

    /// <summary>A separate prompt for the second text encoder.</summary>
    [JsonPropertyName("prompt_2")]
    public string? Prompt2 { get; init; }

    /// <summary>What the picture must not show; takes effect with <see cref="TrueGuidance"/> above 1.</summary>
    public string? NegativePrompt { get; init; }

    public ImageSize? Size { get; init; }

    /// <summary>How many pictures; picture k has seed + k.</summary>
    [JsonPropertyName("n")]
    public int? Count { get; init; }

    public long? Seed { get; init; }

    /// <summary>Denoising steps.</summary>
    public int? Steps { get; init; }

    /// <summary>Distilled guidance, for models that take it.</summary>
    public double? Guidance { get; init; }

    /// <summary>Classifier-free guidance; 1 = off.</summary>
    public double? TrueGuidance { get; init; }

    /// <summary>low, medium or high: fewer or more steps than the model's, where <see cref="Steps"/> is left out.</summary>
    public string? Quality { get; init; }

    /// <summary>The picture to start from: the id of an upload or of a drawn picture, a data: URL or an https address.</summary>
    public string? Image { get; init; }

    /// <summary>How much of <see cref="Image"/> is redrawn, above 0 … 1.</summary>
    public double? Strength { get; init; }

    /// <summary>Which part of <see cref="Image"/> is redrawn; like it, an id, a data: URL or an address.</summary>
    public string? Mask { get; init; }

    /// <summary><c>white</c> or <c>transparent</c>: the part of the mask that is redrawn.</summary>
    public string? MaskReading { get; init; }

    /// <summary>What control models and adapters follow (edges, a depth map); like <see cref="Image"/>, an id, a data: URL or an address.</summary>
    public string? ControlImage { get; init; }

    public string? Sampler { get; init; }

    public string? Parity { get; init; }

    public int? TextLength { get; init; }

    /// <summary>Adapters of <see cref="GessoClient.AdaptersAsync"/> to draw with; they add up.</summary>
    public IReadOnlyList<JobAdapter>? Adapters { get; init; }

    /// <summary>
    /// Text that is laid into the pictures, exactly as written: a text document, <c>"auto"</c> for the words that the prompt puts in quotation marks, which is also
    /// what null means, or false.
    /// </summary>
    public JsonElement? Text { get; init; }

    /// <summary>png, jpeg or webp.</summary>
    public string? OutputFormat { get; init; }

    /// <summary>1 … 100 for jpeg and webp.</summary>
    public int? OutputCompression { get; init; }

    /// <summary>Whether the pictures can be watched as they form; costs a little time.</summary>
    public bool? Previews { get; init; }

    /// <summary>−10 … 10.</summary>
    public int? Priority { get; init; }

    /// <summary>The job fails when it is not finished by then.</summary>
    [JsonPropertyName("deadline_seconds")]
    public TimeSpan? Deadline { get; init; }

    public JobWebhook? Webhook { get; init; }

    /// <summary>The caller's own name for a line of a batch.</summary>
    public string? CustomId { get; init; }
}

/// <summary>An adapter (LoRA) and how strongly it acts.</summary>
/// <param name="Name">As the server calls it.</param>
/// <param name="Weight">1: as trained; −10 … 10.</param>
public sealed record JobAdapter(string Name, double Weight = 1);

/// <param name="Url">Where to tell of the end of the job (Standard Webhooks).</param>
/// <param name="Secret"><c>whsec_…</c>; null: the server's own.</param>
public sealed record JobWebhook(Uri Url, string? Secret = null);
