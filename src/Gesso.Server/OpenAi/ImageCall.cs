using Gesso.Server.Jobs;

namespace Gesso.Server.OpenAi;

/// <summary>A call of an image endpoint, read: what to draw, and how to answer.</summary>
internal sealed record ImageCall
{
    public required JobOrder Order { get; init; }

    /// <summary>Edits and variations; their events are named after it.</summary>
    public required bool IsEdit { get; init; }

    public required bool Stream { get; init; }

    public required int Partials { get; init; }

    /// <summary>Answer with addresses instead of base 64.</summary>
    public required bool AsUrl { get; init; }

    /// <summary>What <c>quality</c> came to.</summary>
    public required string Quality { get; init; }

    /// <summary>Parameters that were accepted and have no effect, a sentence each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
