using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>The table of jobs as <see cref="Job"/>s, each with its pictures in one statement, so that a job is seen as it was at one moment.</summary>
internal static class JobRow
{
    private const double InASecond = 1_000_000;

    private const string Insert = """
        INSERT INTO jobs (
          id, tenant, api_key, model, affinity, shape, work, images, state, priority, rank, created, deadline, estimated_us, init_asset, mask_asset, control_asset,
          batch, custom_id, webhook_url, webhook_secret, trace_parent, idempotency_key, idempotency_hash, last_event)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, 1)
        """;

    /// <summary>What <see cref="Read"/> reads.</summary>
    public static string Select(SqlSession session) => session.Text("jobs", static s => $"SELECT {Columns(s)} FROM jobs");

    /// <summary>The columns of it.</summary>
    public static string Columns(SqlSession session) => $"""
        id, tenant, api_key, work, state, priority, attempt, crashes, beat, worker, created, started, finished, deadline, estimated_us, device_seconds,
          checkpoint_asset, checkpoint_image, checkpoint_step, {session.PicturesOfJob}, failure_kind, failure_code, failure_message, batch, custom_id,
          webhook_url, webhook_secret, trace_parent, last_event
        """;

    /// <summary>Null: no such job of this tenant (null tenant: of any).</summary>
    public static async ValueTask<Job?> FindAsync(SqlSession session, TenantId? tenant, JobId id)
    {
        var job = await session.FirstAsync(session.Text("job", static s => $"{Select(s)} WHERE id = $1"), Read, id.Value);
        return job is null || (tenant is { } owner && job.Tenant != owner) ? null : job;
    }

    public static Job Read(SqlRow row) => new()
    {
        Id = new JobId(row.Text()),
        Tenant = new TenantId(row.Text()),
        Key = new ApiKeyId(row.Text()),
        Work = JsonSerializer.Deserialize(row.Text(), StorageJson.Default.ImageJob)!,
        State = row.Name<JobState>(),
        Priority = row.Int(),
        Attempt = row.Int(),
        Crashes = row.Int(),
        Beat = row.Long(),
        Worker = row.TextOrNull() is { } worker ? new WorkerId(worker) : null,
        Created = row.Time(),
        Started = row.TimeOrNull(),
        Finished = row.TimeOrNull(),
        Deadline = row.TimeOrNull(),
        EstimatedSeconds = row.Long() / InASecond,
        DeviceSeconds = row.Real(),
        Checkpoint = (row.TextOrNull(), row.IntOrNull(), row.IntOrNull()) is ({ } asset, { } image, { } step)
            ? new JobCheckpoint(image, step, new AssetKey(asset))
            : null,
        Pictures = ReadPictures(row.TextOrNull()),
        Failure = (row.NameOrNull<ErrorKind>(), row.TextOrNull(), row.TextOrNull()) is ({ } kind, { } code, { } message)
            ? new JobFailure(kind, code, message)
            : null,
        Batch = row.TextOrNull() is { } batch ? new BatchId(batch) : null,
        CustomId = row.TextOrNull(),
        Webhook = (row.TextOrNull(), row.TextOrNull()) is ({ } url, { } secret) ? new WebhookTarget(new Uri(url), secret) : null,
        TraceParent = row.TextOrNull(),
        LastEvent = row.Int(),
    };

    /// <summary>A waiting job as a draft makes it; equal to what <see cref="Read"/> reads afterwards.</summary>
    public static Job Of(JobDraft draft) => new()
    {
        Id = draft.Id,
        Tenant = draft.Tenant,
        Key = draft.Key,
        Work = draft.Work,
        State = JobState.Queued,
        Priority = draft.Priority,
        Attempt = 0,
        Crashes = 0,
        Beat = 0,
        Created = ToMilliseconds(draft.Created),
        Deadline = draft.Deadline is { } deadline ? ToMilliseconds(deadline) : null,
        EstimatedSeconds = Seconds(Microseconds(draft.EstimatedSeconds)),
        DeviceSeconds = 0,
        Batch = draft.Batch,
        CustomId = draft.CustomId,
        Webhook = draft.Webhook,
        TraceParent = draft.TraceParent,
        LastEvent = 1,
    };

    public static ValueTask InsertAsync(SqlSession session, JobDraft draft, string work, SchedulingPolicy policy) => session.PostAsync(
        Insert,
        draft.Id.Value, draft.Tenant.Value, draft.Key.Value, draft.Work.Model, draft.Work.AffinityKey, draft.Work.ShapeKey,
        work, draft.Work.Count, draft.Priority, policy.Rank(draft.Created, draft.Priority),
        draft.Created, draft.Deadline, Microseconds(draft.EstimatedSeconds), draft.Work.InitImage?.Sha256, draft.Work.Mask?.Sha256,
        draft.Work.ControlImage?.Sha256, draft.Batch?.Value, draft.CustomId,
        draft.Webhook?.Url.OriginalString, draft.Webhook?.Secret, draft.TraceParent, draft.Idempotency?.Key, draft.Idempotency?.RequestHash);

    /// <summary>Estimates are stored as whole microseconds, so that sums of them come out the same in every order.</summary>
    public static long Microseconds(double estimatedSeconds) => (long)Math.Round(estimatedSeconds * InASecond);

    public static double Seconds(long microseconds) => microseconds / InASecond;

    /// <summary>The column <c>work</c>.</summary>
    public static string WorkOf(JobDraft draft) => JsonSerializer.Serialize(draft.Work, StorageJson.Default.ImageJob);

    /// <summary>The column <c>text</c> of a picture.</summary>
    public static string? TextOf(JobPicture picture) => picture.Text is { } text ? JsonSerializer.Serialize(text, StorageJson.Default.PictureText) : null;

    private static List<JobPicture> ReadPictures(string? json)
    {
        List<JobPicture> pictures = [];
        if (json is null or "[]")
            return pictures;
        using var document = JsonDocument.Parse(json);
        foreach (var p in document.RootElement.EnumerateArray())
        {
            pictures.Add(new JobPicture(
                p[0].GetInt32(), new AssetKey(p[1].GetString()!), p[2].GetString()!, new ImageSize(p[3].GetInt32(), p[4].GetInt32()),
                p[5].GetInt64(), p[6].GetInt64(), p[7].GetString() is { } text ? JsonSerializer.Deserialize(text, StorageJson.Default.PictureText) : null));
        }
        pictures.Sort((a, b) => a.Index.CompareTo(b.Index));
        return pictures;
    }

    private static DateTimeOffset ToMilliseconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
