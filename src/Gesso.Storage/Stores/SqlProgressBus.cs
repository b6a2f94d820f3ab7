using System.Data.Common;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Stores;

/// <summary>The last progress of each job, in a database that is not flushed: a step costs no disk access.</summary>
internal sealed class SqlProgressBus(ISqlDatabase database, TimeProvider time) : IProgressBus
{
    public Task PublishAsync(JobProgress progress, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute(
            """
            INSERT INTO progress (job, attempt, version, image, images, step, steps, preview, media_type, at)
            VALUES (@job, @attempt, @version, @image, @images, @step, @steps, @preview, @media, @at)
            ON CONFLICT (job) DO UPDATE SET attempt = excluded.attempt, version = excluded.version, image = excluded.image, images = excluded.images, step = excluded.step,
              steps = excluded.steps, preview = excluded.preview, media_type = excluded.media_type, at = excluded.at
            WHERE excluded.attempt > progress.attempt OR (excluded.attempt = progress.attempt AND excluded.version >= progress.version)
            """,
            ("job", progress.Attempt.Job.Value), ("attempt", progress.Attempt.Number), ("version", progress.Version), ("image", progress.Image), ("images", progress.Images),
            ("step", progress.Step), ("steps", progress.Steps), ("preview", progress.Preview), ("media", progress.PreviewMediaType), ("at", time.GetUtcNow().Db())),
        WriteKind.Relaxed, cancellation);

    public Task<IReadOnlyList<JobProgress>> ReadAsync(IReadOnlyDictionary<JobId, (int Attempt, long Version)> after, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyList<JobProgress>>(
            s => [.. after.SelectMany(job => s.Query(
                """
                SELECT job, attempt, image, images, step, steps, preview, media_type FROM progress
                WHERE job = @job AND (attempt > @attempt OR (attempt = @attempt AND version > @version))
                """,
                Read, ("job", job.Key.Value), ("attempt", job.Value.Attempt), ("version", job.Value.Version)))],
            cancellation);

    public Task RemoveAsync(IReadOnlyCollection<JobId> jobs, DateTimeOffset before, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            foreach (var job in jobs)
                _ = s.Execute("DELETE FROM progress WHERE job = @job", ("job", job.Value));
            return s.Execute("DELETE FROM progress WHERE at < @before", ("before", before.Db()));
        },
        WriteKind.Relaxed, cancellation);

    private static JobProgress Read(DbDataReader row) => new()
    {
        Attempt = new JobAttempt(new JobId(row.GetString(0)), row.Int(1)),
        Image = row.Int(2),
        Images = row.Int(3),
        Step = row.Int(4),
        Steps = row.Int(5),
        Preview = row.IsDBNull(6) ? null : row.GetFieldValue<byte[]>(6),
        PreviewMediaType = row.TextOrNull(7),
    };
}
