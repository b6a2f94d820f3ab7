using System.Data.Common;
using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>The jobs table as <see cref="Job"/>s.</summary>
internal static class JobRow
{
    public const string Select = """
        SELECT id, tenant, api_key, work, state, priority, attempt, crashes, beat, worker, created, started, finished, deadline, estimated_seconds, device_seconds,
          checkpoint_image, checkpoint_step, checkpoint_asset, failure_kind, failure_code, failure_message, batch, custom_id, webhook_url, webhook_secret, trace_parent, last_event
        FROM jobs
        """;

    private const string SelectPictures = "SELECT job, place, asset, media_type, width, height, bytes, seed FROM pictures";

    public static Job? Find(ISqlSession session, TenantId? tenant, JobId id)
    {
        var job = session.First($"{Select} WHERE id = @id", Read, ("id", id.Value));
        return job is null || (tenant is { } owner && job.Tenant != owner) ? null : WithPictures(session, job);
    }

    public static Job Read(DbDataReader row) => new()
    {
        Id = new JobId(row.GetString(0)),
        Tenant = new TenantId(row.GetString(1)),
        Key = new ApiKeyId(row.GetString(2)),
        Work = JsonSerializer.Deserialize(row.GetString(3), StorageJson.Default.ImageJob)!,
        State = row.Enum<JobState>(4),
        Priority = row.Int(5),
        Attempt = row.Int(6),
        Crashes = row.Int(7),
        Beat = row.GetInt64(8),
        Worker = row.TextOrNull(9) is { } worker ? new WorkerId(worker) : null,
        Created = row.Time(10),
        Started = row.TimeOrNull(11),
        Finished = row.TimeOrNull(12),
        Deadline = row.TimeOrNull(13),
        EstimatedSeconds = row.GetDouble(14),
        DeviceSeconds = row.GetDouble(15),
        Checkpoint = row.TextOrNull(18) is { } asset ? new JobCheckpoint(row.Int(16), row.Int(17), new AssetKey(asset)) : null,
        Failure = row.IsDBNull(19) ? null : new JobFailure(row.Enum<ErrorKind>(19), row.GetString(20), row.GetString(21)),
        Batch = row.TextOrNull(22) is { } batch ? new BatchId(batch) : null,
        CustomId = row.TextOrNull(23),
        Webhook = row.TextOrNull(24) is { } url ? new WebhookTarget(new Uri(url), row.GetString(25)) : null,
        TraceParent = row.TextOrNull(26),
        LastEvent = row.Int(27),
    };

    public static Job WithPictures(ISqlSession session, Job job) => job with
    {
        Pictures = session.Query($"{SelectPictures} WHERE job = @job ORDER BY place", ReadPicture, ("job", job.Id.Value)),
    };

    public static JobPicture ReadPicture(DbDataReader row) => new(
        row.Int(1), new AssetKey(row.GetString(2)), row.GetString(3), new ImageSize(row.Int(4), row.Int(5)), row.GetInt64(6), row.GetInt64(7));

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
        Created = DateTimeOffset.FromUnixTimeMilliseconds(draft.Created.ToUnixTimeMilliseconds()),
        Deadline = draft.Deadline is { } deadline ? DateTimeOffset.FromUnixTimeMilliseconds(deadline.ToUnixTimeMilliseconds()) : null,
        EstimatedSeconds = draft.EstimatedSeconds,
        DeviceSeconds = 0,
        Batch = draft.Batch,
        CustomId = draft.CustomId,
        Webhook = draft.Webhook,
        TraceParent = draft.TraceParent,
        LastEvent = 1,
    };

    public static void Insert(ISqlSession session, JobDraft draft, long rank) => session.Execute(
        """
        INSERT INTO jobs (id, tenant, api_key, model, affinity, shape, work, count, state, priority, rank, passes, attempt, crashes, beat, created, deadline, estimated_seconds,
          device_seconds, init_asset, mask_asset, batch, custom_id, webhook_url, webhook_secret, trace_parent, idempotency_key, idempotency_hash, last_event)
        VALUES (@id, @tenant, @key, @model, @affinity, @shape, @work, @count, 'Queued', @priority, @rank, 0, 0, 0, 0, @created, @deadline, @estimate,
          0, @init, @mask, @batch, @custom, @url, @secret, @trace, @idem, @hash, 1)
        """,
        ("id", draft.Id.Value), ("tenant", draft.Tenant.Value), ("key", draft.Key.Value), ("model", draft.Work.Model), ("affinity", draft.Work.AffinityKey),
        ("shape", draft.Work.ShapeKey), ("work", JsonSerializer.Serialize(draft.Work, StorageJson.Default.ImageJob)), ("count", draft.Work.Count), ("priority", draft.Priority), ("rank", rank),
        ("created", draft.Created.Db()), ("deadline", draft.Deadline.Db()), ("estimate", draft.EstimatedSeconds), ("init", draft.Work.InitImage?.Sha256),
        ("mask", draft.Work.Mask?.Sha256), ("batch", draft.Batch?.Value), ("custom", draft.CustomId), ("url", draft.Webhook?.Url.AbsoluteUri),
        ("secret", draft.Webhook?.Secret), ("trace", draft.TraceParent), ("idem", draft.Idempotency?.Key), ("hash", draft.Idempotency?.RequestHash));
}
