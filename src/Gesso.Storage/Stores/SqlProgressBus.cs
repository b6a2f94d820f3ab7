using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Stores;

/// <summary>The last progress of each job, where writing costs no flush of a disk.</summary>
internal sealed class SqlProgressBus(ISqlDatabase database, TimeProvider time) : IProgressBus
{
    public Task PublishAsync(JobProgress progress, CancellationToken cancellation = default) => database.WriteAsync(
        async s =>
        {
            int changed = await s.ExecuteAsync(
                """
                INSERT INTO progress (job, attempt, version, image, images, step, steps, preview, media_type, at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                ON CONFLICT (job) DO UPDATE SET attempt = excluded.attempt, version = excluded.version, image = excluded.image, images = excluded.images,
                  step = excluded.step, steps = excluded.steps, preview = excluded.preview, media_type = excluded.media_type, at = excluded.at
                WHERE excluded.attempt > progress.attempt OR (excluded.attempt = progress.attempt AND excluded.version >= progress.version)
                """,
                progress.Attempt.Job.Value, progress.Attempt.Number, progress.Version, progress.Image, progress.Images, progress.Step, progress.Steps,
                progress.Preview, progress.PreviewMediaType, time.GetUtcNow());
            if (changed > 0)
                s.Announce();
            return changed;
        },
        WriteKind.Relaxed, cancellation);

    public async Task<IReadOnlyList<JobProgress>> ReadAsync(
        IReadOnlyDictionary<JobId, (int Attempt, long Version)> after, CancellationToken cancellation = default) =>
        await database.ReadAsync(
            s => s.QueryEachAsync(
                """
                SELECT job, attempt, image, images, step, steps, preview, media_type FROM progress WHERE job = $1 AND (attempt <> $2 OR version <> $3)
                """,
                Read,
                after.Select(job => new SqlValue[] { job.Key.Value, job.Value.Attempt, job.Value.Version })),
            cancellation);

    public Task RemoveAsync(IReadOnlyCollection<JobId> jobs, DateTimeOffset before, CancellationToken cancellation = default) => database.WriteAsync(
        async s =>
        {
            foreach (string job in jobs.Select(j => j.Value).Order(StringComparer.Ordinal))
                await s.PostAsync("DELETE FROM progress WHERE job = $1", job);
            return await s.ExecuteAsync("DELETE FROM progress WHERE at < $1", before);
        },
        WriteKind.Relaxed, cancellation);

    private static JobProgress Read(SqlRow row) => new()
    {
        Attempt = new JobAttempt(new JobId(row.Text()), row.Int()),
        Image = row.Int(),
        Images = row.Int(),
        Step = row.Int(),
        Steps = row.Int(),
        Preview = row.BytesOrNull(),
        PreviewMediaType = row.TextOrNull(),
    };
}
