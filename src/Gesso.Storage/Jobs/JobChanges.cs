using Gesso.Contracts.Errors;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>The moves of a job from one state to another, each with its event.</summary>
internal static class JobChanges
{
    public static void AddEvent(ISqlSession session, JobHead job, JobEventType type, DateTimeOffset now, int? picture = null) => session.Execute(
        "INSERT INTO job_events (job, sequence, type, at, attempt, picture) VALUES (@job, @sequence, @type, @at, @attempt, @picture)",
        ("job", job.Id.Value), ("sequence", job.LastEvent + 1), ("type", type.ToString()), ("at", now.Db()), ("attempt", job.Attempt), ("picture", picture));

    /// <summary>Ends a job for good; a webhook is put into the outbox.</summary>
    public static void End(ISqlSession session, JobHead job, JobState state, JobFailure? failure, double? deviceSeconds, DateTimeOffset now)
    {
        TenantShares.Leave(session, job, deviceSeconds, toQueue: false);
        _ = session.Execute(
            """
            UPDATE jobs SET state = @state, finished = @now, worker = NULL, checkpoint_image = NULL, checkpoint_step = NULL, checkpoint_asset = NULL,
              device_seconds = device_seconds + @seconds, failure_kind = @kind, failure_code = @code, failure_message = @message, last_event = last_event + 1
            WHERE id = @id
            """,
            ("state", state.ToString()), ("now", now.Db()), ("seconds", deviceSeconds ?? 0), ("kind", failure?.Kind.ToString()), ("code", failure?.Code),
            ("message", failure?.Message), ("id", job.Id.Value));
        AddEvent(session, job, state switch { JobState.Succeeded => JobEventType.Succeeded, JobState.Failed => JobEventType.Failed, _ => JobEventType.Cancelled }, now);
        _ = session.Execute(
            """
            INSERT INTO webhooks (id, job, tenant, state, url, secret, at, tries, next)
            SELECT @message, id, tenant, state, webhook_url, webhook_secret, @now, 0, @now FROM jobs WHERE id = @id AND webhook_url IS NOT NULL
            """,
            ("message", "msg_" + job.Id.Value), ("now", now.Db()), ("id", job.Id.Value));
    }

    /// <summary>Puts a running job back to where it waited.</summary>
    public static void Return(ISqlSession session, JobHead job, double? deviceSeconds, int crashes, DateTimeOffset now)
    {
        TenantShares.Leave(session, job, deviceSeconds, toQueue: true);
        _ = session.Execute(
            """
            UPDATE jobs SET state = 'Queued', worker = NULL, crashes = @crashes, device_seconds = device_seconds + @seconds, last_event = last_event + 1 WHERE id = @id
            """,
            ("crashes", crashes), ("seconds", deviceSeconds ?? 0), ("id", job.Id.Value));
        AddEvent(session, job, JobEventType.Returned, now);
    }

    /// <summary>Takes a job from a worker that is gone.</summary>
    public static void Crash(ISqlSession session, JobHead job, SchedulingPolicy policy, DateTimeOffset now)
    {
        int crashes = job.Crashes + 1;
        if (crashes < policy.MaxCrashes)
        {
            Return(session, job, deviceSeconds: null, crashes, now);
            return;
        }
        _ = session.Execute("UPDATE jobs SET crashes = @crashes WHERE id = @id", ("crashes", crashes), ("id", job.Id.Value));
        End(session, job, JobState.Failed, Quarantine(crashes), deviceSeconds: null, now);
    }

    /// <summary>Adds a picture; false: there is one at this place.</summary>
    public static bool AddPicture(ISqlSession session, JobHead job, JobPicture picture) => session.Execute(
        """
        INSERT INTO pictures (job, place, asset, media_type, width, height, bytes, seed) VALUES (@job, @place, @asset, @media, @width, @height, @bytes, @seed)
        ON CONFLICT (job, place) DO NOTHING
        """,
        ("job", job.Id.Value), ("place", picture.Index), ("asset", picture.Asset.Sha256), ("media", picture.MediaType), ("width", picture.Size.Width),
        ("height", picture.Size.Height), ("bytes", picture.Bytes), ("seed", picture.Seed)) == 1;

    public static JobFailure Quarantine(int crashes) => new(
        ErrorKind.Unavailable,
        JobFailure.Quarantined,
        $"The job was taken out of the queue: {crashes} workers died while drawing it. The workers' logs have the cause; send it again when it is mended, or ask for less (size, count).");

    public static JobFailure TooLate { get; } = new(
        ErrorKind.Unavailable, JobFailure.DeadlineExceeded, "The job was not finished before its deadline. Send it again with a later one, or add workers.");
}
