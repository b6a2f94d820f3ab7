namespace Gesso.Platform.Jobs;

public enum JobEventType
{
    Queued,

    /// <summary>A worker took it; also after each return.</summary>
    Started,

    /// <summary>A picture is finished and stored.</summary>
    Picture,

    /// <summary>Back in the queue: its worker died or is being stopped.</summary>
    Returned,

    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>A stored change of a job, numbered from 1 without gaps: what is sent again to a reader that comes back.</summary>
/// <param name="Job">Whose.</param>
/// <param name="Sequence">1, 2, 3 …</param>
/// <param name="Type">What happened.</param>
/// <param name="At">When.</param>
/// <param name="Attempt">The job's attempt then.</param>
/// <param name="Picture">Index of the finished picture, for <see cref="JobEventType.Picture"/>.</param>
public sealed record JobEvent(JobId Job, int Sequence, JobEventType Type, DateTimeOffset At, int Attempt, int? Picture);

/// <summary>Progress within a job: only the last value counts and none survives a power cut.</summary>
public sealed record JobProgress
{
    public required JobAttempt Attempt { get; init; }

    /// <summary>0-based picture being drawn.</summary>
    public required int Image { get; init; }

    public required int Images { get; init; }

    /// <summary>Steps done of this picture.</summary>
    public required int Step { get; init; }

    public required int Steps { get; init; }

    /// <summary>The picture so far, as a small JPEG or PNG file.</summary>
    public byte[]? Preview { get; init; }

    public string? PreviewMediaType { get; init; }

    /// <summary>Grows within an attempt.</summary>
    public long Version => (Image * 100_000L) + Step;
}
