using System.Text.Json.Serialization;
using Gesso.Contracts.Images;
using Gesso.Platform.Jobs;

namespace Gesso.Server.Jobs;

/// <summary>The values of <see cref="WorkFields"/>: in range, but not yet held against a model.</summary>
internal sealed record WorkOptions
{
    public long? Seed { get; init; }

    public int? Steps { get; init; }

    public double? Guidance { get; init; }

    public double? TrueGuidance { get; init; }

    public string? NegativePrompt { get; init; }

    public string? Prompt2 { get; init; }

    public double? Strength { get; init; }

    public string? Sampler { get; init; }

    public ParityMode? Parity { get; init; }

    public int? TextLength { get; init; }

    /// <summary>Whichever way the picture is named; what it stands for is the order's.</summary>
    [JsonIgnore]
    public string? ControlImage { get; init; }

    public int Priority { get; init; }

    public double? DeadlineSeconds { get; init; }

    /// <summary>Null: none.</summary>
    public IReadOnlyList<AdapterUse>? Adapters { get; init; }

    /// <summary>Where a dialect names adapters, for errors; null: in <c>adapters</c>.</summary>
    [JsonIgnore]
    public string? AdaptersPlace { get; init; }

    /// <summary>Null: not said.</summary>
    public TextChoice? Text { get; init; }

    /// <summary>What precedes the names of these fields in this request: nothing, or <c>gesso.</c>.</summary>
    [JsonIgnore]
    public string Prefix { get; init; } = "";
}
