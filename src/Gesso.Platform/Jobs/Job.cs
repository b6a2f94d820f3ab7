using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Platform.Assets;

namespace Gesso.Platform.Jobs;

/// <summary>One claim of a job. The number rises with every claim: whoever holds an older one can change nothing (fencing).</summary>
public readonly record struct JobAttempt(JobId Job, int Number);

/// <summary>A finished picture of a job, stored whole.</summary>
/// <param name="Index">0-based place in the job.</param>
/// <param name="Asset">Its bytes.</param>
/// <param name="MediaType">image/png, image/jpeg or image/webp.</param>
/// <param name="Size">Pixels.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Seed">The seed that repeats it.</param>
/// <param name="Text">What was laid into it; null: nothing.</param>
public sealed record JobPicture(int Index, AssetKey Asset, string MediaType, ImageSize Size, long Bytes, long Seed, PictureText? Text = null);

/// <summary>How far a picture was when its latents were stored: the next attempt goes on from there.</summary>
public sealed record JobCheckpoint(int Image, int Step, AssetKey Latents);

/// <summary>Why a job failed, in words for its owner.</summary>
public sealed record JobFailure(ErrorKind Kind, string Code, string Message)
{
    /// <summary>Every worker that took the job died.</summary>
    public const string Quarantined = "quarantined";

    /// <summary>Not done in time.</summary>
    public const string DeadlineExceeded = "deadline_exceeded";

    public static JobFailure OfDeadline { get; } = new(
        ErrorKind.Unavailable, DeadlineExceeded, "The job was not finished before its deadline. Send it again with a later one, or add workers.");

    public static JobFailure OfCrashes(int crashes) => new(
        ErrorKind.Unavailable,
        Quarantined,
        $"The job was taken out of the queue: {crashes} of its workers died or fell silent while they drew it. Their logs have the cause; "
        + "send it again when that is mended, or ask for less (size, count).");
}

/// <summary>Where to tell of the end of a job (Standard Webhooks); the secret is <c>whsec_</c> and base 64.</summary>
public sealed record WebhookTarget(Uri Url, string Secret);

/// <summary>A job as stored.</summary>
public sealed record Job
{
    public required JobId Id { get; init; }

    public required TenantId Tenant { get; init; }

    public required ApiKeyId Key { get; init; }

    public required ImageJob Work { get; init; }

    public required JobState State { get; init; }

    /// <summary>−10 … 10, 0 unless asked; see <see cref="SchedulingPolicy.AgingStep"/>.</summary>
    public required int Priority { get; init; }

    /// <summary>Claims so far; the number of the current <see cref="JobAttempt"/> while running.</summary>
    public required int Attempt { get; init; }

    /// <summary>Attempts that ended with the death or silence of their worker.</summary>
    public required int Crashes { get; init; }

    /// <summary>Rises with every renewal of the lease.</summary>
    public required long Beat { get; init; }

    public WorkerId? Worker { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Finished { get; init; }

    /// <summary>Failed with <see cref="JobFailure.DeadlineExceeded"/> when not finished by then.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Device time the job was expected to take.</summary>
    public required double EstimatedSeconds { get; init; }

    /// <summary>Device time it took, all attempts together.</summary>
    public required double DeviceSeconds { get; init; }

    public JobCheckpoint? Checkpoint { get; init; }

    /// <summary>Finished pictures in order of their index; all of them once the job succeeded.</summary>
    public IReadOnlyList<JobPicture> Pictures { get; init; } = [];

    public JobFailure? Failure { get; init; }

    public BatchId? Batch { get; init; }

    /// <summary>The caller's own name for a line of a batch.</summary>
    public string? CustomId { get; init; }

    public WebhookTarget? Webhook { get; init; }

    /// <summary>W3C trace context of the request that made the job.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Sequence number of the last event.</summary>
    public required int LastEvent { get; init; }

    public JobAttempt CurrentAttempt => new(Id, Attempt);
}

/// <summary>A job to be stored. Limits are checked in the same transaction.</summary>
public sealed record JobDraft
{
    public required JobId Id { get; init; }

    public required TenantId Tenant { get; init; }

    public required ApiKeyId Key { get; init; }

    public required ImageJob Work { get; init; }

    public int Priority { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Deadline { get; init; }

    public required double EstimatedSeconds { get; init; }

    public BatchId? Batch { get; init; }

    public string? CustomId { get; init; }

    public WebhookTarget? Webhook { get; init; }

    public string? TraceParent { get; init; }

    /// <summary>The caller's key and a hash of what it asked for: the same pair gets the same job, another hash is refused.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>
    /// Its caller holds the line and is told nothing before the end, which is durable: so its beginning need not be on the disk of this machine by itself.
    /// </summary>
    public bool IsAnsweredAtItsEnd { get; init; }

    /// <summary>How many jobs this tenant may have waiting.</summary>
    public int TenantQueueLimit { get; init; } = int.MaxValue;

    /// <summary>How many jobs may wait in all.</summary>
    public int QueueLimit { get; init; } = int.MaxValue;
}

/// <param name="Key">At most 255 characters.</param>
/// <param name="RequestHash">SHA-256 of the request, hexadecimal.</param>
public sealed record IdempotencyKey(string Key, string RequestHash);

public enum SubmitStatus
{
    /// <summary>Stored, and found after any crash.</summary>
    Created,

    /// <summary>The same key and request came before: the job is that one.</summary>
    Existing,

    /// <summary>The key came before with another request.</summary>
    KeyReused,

    TenantQueueFull,

    QueueFull,
}

/// <param name="Status">What became of the draft.</param>
/// <param name="Job">The stored job for Created and Existing; the earlier one for KeyReused.</param>
public sealed record Submission(SubmitStatus Status, Job? Job);
