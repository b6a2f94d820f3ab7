using System.Text.Json.Serialization;
using Gesso.Contracts.Images;

namespace Gesso.Client;

/// <param name="Data">All models.</param>
/// <param name="Default">Used by jobs that name none.</param>
public sealed record ModelList(IReadOnlyList<ModelInfo> Data, string? Default);

/// <summary>A model of the server.</summary>
public sealed record ModelInfo
{
    public required string Name { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Whether a worker can draw with it now; jobs wait otherwise.</summary>
    public bool Ready { get; init; }

    /// <summary>FLUX.1 schnell, FLUX.1 dev …</summary>
    public string? Variant { get; init; }

    public ModelDefaults? Defaults { get; init; }

    /// <summary>Width and height are multiples of it.</summary>
    public int? PixelStep { get; init; }

    public bool? TakesGuidance { get; init; }

    public int? MaxTextLength { get; init; }

    public int Workers { get; init; }

    /// <summary>Why it is not ready.</summary>
    public string? Problem { get; init; }
}

/// <summary>What the model does where a job leaves something open; null: not known before a worker has loaded it.</summary>
public sealed record ModelDefaults
{
    public ImageSize? Size { get; init; }

    public int? Steps { get; init; }

    public double? Guidance { get; init; }

    public double? TrueGuidance { get; init; }

    public string? NegativePrompt { get; init; }

    public int? TextLength { get; init; }

    public string? Sampler { get; init; }
}

/// <param name="Data">Those that the key may use, by name.</param>
public sealed record AdapterList(IReadOnlyList<AdapterInfo> Data);

/// <summary>An adapter (LoRA and its relatives) of the server.</summary>
public sealed record AdapterInfo
{
    public required string Name { get; init; }

    /// <summary>The models it fits.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>The model family it was made for, as its header says.</summary>
    public string? Family { get; init; }

    /// <summary>The words that call up what it learned, to be put into the prompt.</summary>
    public string? Trigger { get; init; }

    /// <summary>Why it fits none.</summary>
    public string? Problem { get; init; }
}

/// <summary>The server as a key sees it.</summary>
public sealed record ServerStatus
{
    public string Version { get; init; } = "";

    public QueueStatus Queue { get; init; } = new(0, 0, null);

    public KeyStatus? Key { get; init; }
}

/// <param name="Queued">Jobs that wait: the key's tenant's, for an administrator all.</param>
/// <param name="Running">Jobs being drawn.</param>
/// <param name="Wait">Until a job sent now is likely to begin.</param>
public sealed record QueueStatus(int Queued, int Running, [property: JsonPropertyName("wait_seconds")] TimeSpan? Wait);

/// <summary>The key that asks.</summary>
public sealed record KeyStatus(string Id, string Name, KeyRole Role, string Tenant);
