using System.Text.Json.Serialization;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;

namespace Gesso.Client;

/// <summary>Where a job stands: queued and running alternate, each of the others is an end.</summary>
public enum JobState
{
    [JsonStringEnumMemberName("queued")]
    Queued,

    [JsonStringEnumMemberName("running")]
    Running,

    [JsonStringEnumMemberName("succeeded")]
    Succeeded,

    [JsonStringEnumMemberName("failed")]
    Failed,

    [JsonStringEnumMemberName("cancelled")]
    Cancelled,
}

/// <summary>A job as the server knows it.</summary>
public sealed record Job
{
    public required string Id { get; init; }

    public required JobState State { get; init; }

    public string Model { get; init; } = "";

    public string Prompt { get; init; } = "";

    /// <summary>Pictures asked for.</summary>
    [JsonPropertyName("n")]
    public int Count { get; init; } = 1;

    public ImageSize? Size { get; init; }

    public int Priority { get; init; }

    [JsonPropertyName("created_at")]
    public DateTimeOffset Created { get; init; }

    [JsonPropertyName("started_at")]
    public DateTimeOffset? Started { get; init; }

    [JsonPropertyName("finished_at")]
    public DateTimeOffset? Finished { get; init; }

    [JsonPropertyName("deadline_at")]
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Workers that have taken it so far.</summary>
    public int Attempt { get; init; }

    /// <summary>Jobs of the same tenant that go first; only while queued, and only where one job is asked for.</summary>
    public int? Position { get; init; }

    /// <summary>Until it is likely to begin; only while queued.</summary>
    [JsonPropertyName("wait_seconds")]
    public TimeSpan? Wait { get; init; }

    public JobProgress? Progress { get; init; }

    /// <summary>Finished pictures; all of them once the job succeeded.</summary>
    public IReadOnlyList<Picture> Pictures { get; init; } = [];

    /// <summary>Why it failed.</summary>
    public JobError? Error { get; init; }

    public string? Batch { get; init; }

    public string? CustomId { get; init; }

    /// <summary>Id of the API key it was sent with.</summary>
    public string? Key { get; init; }

    /// <summary>What was adjusted or had no effect; in the answer to a submission only.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>The webhook's secret when the server made it; in the answer to a submission only.</summary>
    public string? WebhookSecret { get; init; }

    /// <summary>The work, with everything the server decided (the seed above all): sending it again draws the same.</summary>
    public JobRequest? Request { get; init; }

    [JsonIgnore]
    public bool IsFinished => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    /// <summary>This job, when it succeeded.</summary>
    /// <exception cref="GessoException">It failed, with the server's reason; it was cancelled (<c>job_cancelled</c>); it is not finished (<c>job_unfinished</c>).</exception>
    public Job EnsureSucceeded() => State switch
    {
        JobState.Succeeded => this,
        JobState.Cancelled => throw GessoException.Refused("job_cancelled", $"Job {Id} was cancelled."),
        JobState.Failed when Error is { } error => throw new GessoException(
            error.Type == "invalid_request_error" ? ErrorKind.InvalidRequest : ErrorKind.Unavailable, error.Code, error.Message),
        JobState.Failed => throw GessoException.Unavailable("job_failed", $"Job {Id} failed, and the server gave no reason."),
        _ => throw GessoException.Invalid("job_unfinished", $"Job {Id} is not finished yet: wait for it first."),
    };
}

/// <param name="Code">Stable.</param>
/// <param name="Message">A sentence for a person.</param>
/// <param name="Type">As in error answers.</param>
public sealed record JobError(string Code, string Message, string? Type = null);

/// <summary>How far a running job is.</summary>
public sealed record JobProgress
{
    /// <summary>0-based picture being drawn.</summary>
    public int Image { get; init; }

    public int Images { get; init; }

    /// <summary>Steps done of this picture.</summary>
    public int Step { get; init; }

    public int Steps { get; init; }

    /// <summary>Of the whole job, 0 … 1.</summary>
    public double Fraction { get; init; }

    /// <summary>Time left.</summary>
    [JsonPropertyName("eta_seconds")]
    public TimeSpan? Left { get; init; }

    public int Attempt { get; init; }

    /// <summary>The picture so far, as a data: URL.</summary>
    public string? Preview { get; init; }
}

/// <summary>A page of jobs, newest first.</summary>
/// <param name="Data">The jobs.</param>
/// <param name="Next">Where the next page begins; null: this was the last.</param>
public sealed record JobPage(IReadOnlyList<Job> Data, string? Next);
