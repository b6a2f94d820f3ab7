using System.Text.Json;
using System.Text.Json.Serialization;
using Gesso.Platform.Jobs;

namespace Gesso.Server.Native;

/// <summary>A job on the wire; times are Unix seconds.</summary>
public sealed record JobView
{
    /// <summary>Names the job.</summary>
    public required string Id { get; init; }

    /// <summary>job</summary>
    public string Object => "job";

    /// <summary>In a stream: what happened (queued, started, returned, succeeded, failed, cancelled).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Event { get; init; }

    /// <summary>queued, running, succeeded, failed or cancelled.</summary>
    public required string State { get; init; }

    public required string Model { get; init; }

    public required string Prompt { get; init; }

    /// <summary>How many pictures were asked for.</summary>
    public required int N { get; init; }

    /// <summary>Null: the model's own.</summary>
    public string? Size { get; init; }

    public required int Priority { get; init; }

    public required double CreatedAt { get; init; }

    /// <summary>When a worker took it last.</summary>
    public double? StartedAt { get; init; }

    public double? FinishedAt { get; init; }

    /// <summary>The job fails when it is not finished by then.</summary>
    public double? DeadlineAt { get; init; }

    /// <summary>How often a worker took it.</summary>
    public required int Attempt { get; init; }

    /// <summary>While queued: how many of your jobs go first. Only where one job is asked for.</summary>
    public long? Position { get; init; }

    /// <summary>While queued: seconds until it starts, as estimated.</summary>
    public double? WaitSeconds { get; init; }

    /// <summary>While running.</summary>
    public ProgressView? Progress { get; init; }

    /// <summary>Finished pictures, in order; they come one by one while the job runs.</summary>
    public required IReadOnlyList<PictureView> Pictures { get; init; }

    /// <summary>Why it failed.</summary>
    public JobErrorView? Error { get; init; }

    /// <summary>The batch it came with.</summary>
    public string? Batch { get; init; }

    /// <summary>The caller's own name for it.</summary>
    public string? CustomId { get; init; }

    /// <summary>The API key it came with.</summary>
    public required string Key { get; init; }

    /// <summary>What was asked for, with everything that was decided: POST /api/jobs takes it as it is.</summary>
    public required WorkView Request { get; init; }

    /// <summary>What was adjusted or had no effect; in the answer to the request only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>The webhook's secret when it was made here; in the answer to the request only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WebhookSecret { get; init; }
}

/// <param name="Code">Stable, for programs.</param>
/// <param name="Message">For a person.</param>
/// <param name="Type">invalid_request_error, rate_limit_error or server_error.</param>
public sealed record JobErrorView(string Code, string Message, string Type);

/// <param name="Image">Picture being drawn, from 0.</param>
/// <param name="Images">Pictures of the job.</param>
/// <param name="Step">Steps done of this picture.</param>
/// <param name="Steps">Steps of a picture.</param>
/// <param name="Fraction">Of the whole job, 0 to 1.</param>
/// <param name="EtaSeconds">Seconds left, as estimated; null: not known yet.</param>
/// <param name="Attempt">Which attempt this is.</param>
/// <param name="Preview">The picture so far, as a data: URL; in streams only.</param>
public sealed record ProgressView(int Image, int Images, int Step, int Steps, double Fraction, double? EtaSeconds, int Attempt, string? Preview);

/// <param name="Position">How many of your jobs go first.</param>
/// <param name="WaitSeconds">Seconds until it starts, as estimated.</param>
public sealed record PlaceView(long Position, double WaitSeconds);

/// <summary>A drawn picture.</summary>
/// <param name="Id">The job's id, a hyphen, the index.</param>
/// <param name="Job">The job that drew it.</param>
/// <param name="Index">From 0.</param>
/// <param name="Url">A signed address on this server that shows it for a while without a key.</param>
/// <param name="MediaType">image/png, image/jpeg or image/webp.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Seed">The seed that repeats it.</param>
/// <param name="CreatedAt">When its job was made; Unix seconds.</param>
/// <param name="Prompt">What was asked for.</param>
/// <param name="Model">What drew it.</param>
/// <param name="Request">POST /api/jobs with this draws exactly this picture again.</param>
/// <param name="Text">What was laid into it; null: nothing.</param>
public sealed record PictureView(
    string Id, string Job, int Index, string Url, string MediaType, int Width, int Height, long Bytes, long Seed, double CreatedAt, string Prompt, string Model,
    WorkView Request, PictureTextView? Text);

/// <summary>What is drawn, in the words of POST /api/jobs; null is the model's default.</summary>
public sealed record WorkView
{
    public required string Model { get; init; }

    public required string Prompt { get; init; }

    [JsonPropertyName("prompt_2")]
    public string? Prompt2 { get; init; }

    public string? NegativePrompt { get; init; }

    public string? Size { get; init; }

    public required int N { get; init; }

    public required long Seed { get; init; }

    public int? Steps { get; init; }

    public double? Guidance { get; init; }

    public double? TrueGuidance { get; init; }

    public string? Image { get; init; }

    public string? Mask { get; init; }

    public string? MaskReading { get; init; }

    public string? ControlImage { get; init; }

    public double? Strength { get; init; }

    public string? Sampler { get; init; }

    public string? Parity { get; init; }

    public int? TextLength { get; init; }

    /// <summary>Null: none.</summary>
    public IReadOnlyList<AdapterUse>? Adapters { get; init; }

    /// <summary>A text document, "auto" for the words in quotation marks, or false.</summary>
    public required JsonElement Text { get; init; }

    public required string OutputFormat { get; init; }

    public required int OutputCompression { get; init; }
}

/// <param name="Data">Newest first.</param>
/// <param name="Next">Send it as <c>before</c> for what is older; null: that was all.</param>
public sealed record JobList(IReadOnlyList<JobView> Data, string? Next);

/// <param name="Data">Newest first.</param>
/// <param name="Next">Send it as <c>before</c> for what is older; null: that was all.</param>
public sealed record PictureList(IReadOnlyList<PictureView> Data, string? Next);
