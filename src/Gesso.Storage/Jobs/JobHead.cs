using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>The columns that decide what may happen to a job.</summary>
internal sealed record JobHead(
    JobId Id, TenantId Tenant, JobState State, int Attempt, int Crashes, long Beat, long EstimatedMicroseconds, int Images, int LastEvent, int? CheckpointImage,
    bool HasWebhook)
{
    private const string Columns = """
        SELECT id, tenant, state, attempt, crashes, beat, estimated_us, images, last_event, checkpoint_image,
          CAST(CASE WHEN webhook_url IS NULL THEN 0 ELSE 1 END AS bigint)
        FROM jobs
        """;

    public double EstimatedSeconds => JobRow.Seconds(EstimatedMicroseconds);

    /// <summary>Locked until the end of the transaction.</summary>
    public static ValueTask<JobHead?> FindAsync(SqlSession session, JobId id) =>
        session.FirstAsync($"{Columns} WHERE id = $1{session.ForUpdate}", Read, id.Value);

    private static JobHead Read(SqlRow row) => new(
        new JobId(row.Text()), new TenantId(row.Text()), row.Name<JobState>(), row.Int(), row.Int(), row.Long(), row.Long(), row.Int(), row.Int(),
        row.IntOrNull(), row.Int() == 1);
}
