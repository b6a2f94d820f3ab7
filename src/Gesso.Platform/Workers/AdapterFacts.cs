namespace Gesso.Platform.Workers;

/// <summary>An adapter as a worker found it. Where it lies is not told: tenants hear of names only.</summary>
public sealed record AdapterFacts
{
    /// <summary>A worker tells of no more; one that has more may have any.</summary>
    public const int MostTold = 2000;

    /// <summary>File name without extension.</summary>
    public required string Name { get; init; }

    /// <summary>The worker's models that it fits.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>The model family it was made for, as its header says; null: not told.</summary>
    public string? Family { get; init; }

    /// <summary>The words that call up what it learned; null: not told.</summary>
    public string? Trigger { get; init; }

    /// <summary>Why it fits no model.</summary>
    public string? Problem { get; init; }
}
