using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>What can be asked about jobs.</summary>
internal static class JobQueries
{
    public static ValueTask<List<JobEvent>> EventsAsync(SqlSession session, IReadOnlyDictionary<JobId, int> after) => session.QueryEachAsync(
        "SELECT job, sequence, type, at, attempt, picture FROM job_events WHERE job = $1 AND sequence > $2 ORDER BY sequence",
        r => new JobEvent(new JobId(r.Text()), r.Int(), r.Name<JobEventType>(), r.Time(), r.Int(), r.IntOrNull()),
        after.Select(job => new SqlValue[] { job.Key.Value, job.Value }));

    public static async ValueTask<QueuePlace?> PlaceAsync(SqlSession session, JobId id)
    {
        var job = await session.FirstAsync(
            "SELECT tenant, rank FROM jobs WHERE id = $1 AND state = 'queued'", r => Tuple.Create(r.Text(), r.Long()), id.Value);
        if (job is null)
            return null;
        var models = await ModelsAsync(session, job.Item1);
        var before = await session.QueryEachAsync(
            """
            SELECT COUNT(*), CAST(COALESCE(SUM(estimated_us), 0) AS bigint) FROM (
              SELECT estimated_us FROM jobs
              WHERE tenant = $1 AND model = $2 AND state = 'queued' AND (rank < $3 OR (rank = $3 AND id < $4))
              ORDER BY rank, id LIMIT $5) AS first
            """,
            r => (Jobs: r.Long(), Microseconds: r.Long()),
            models.Select(model => new SqlValue[] { job.Item1, model, job.Item2, id.Value, QueuePlace.FarthestCounted }));
        return new QueuePlace(before.Sum(m => m.Jobs), JobRow.Seconds(before.Sum(m => m.Microseconds)));
    }

    public static async ValueTask<QueueNumbers> NumbersAsync(SqlSession session, TenantId? tenant)
    {
        string active = "waiting + running > 0" + (tenant is null ? "" : " AND tenant = $1");
        SqlValue[] values = tenant is { } owner ? [owner.Value] : [];
        var numbers = (await session.QueryAsync(
            $"""
            SELECT CAST(COALESCE(SUM(waiting), 0) AS bigint), CAST(COALESCE(SUM(running), 0) AS bigint), CAST(COALESCE(SUM(waiting_us), 0) AS bigint),
              MIN((SELECT created FROM jobs WHERE jobs.tenant = shares.tenant AND state = 'queued' ORDER BY id LIMIT 1))
            FROM shares WHERE {active}
            """,
            r => new QueueNumbers(r.Long(), r.Long(), JobRow.Seconds(r.Long()), r.TimeOrNull()),
            values))[0];
        return numbers;
    }

    /// <summary>The models that jobs of the tenant wait for, each found by one step in the index.</summary>
    private static async ValueTask<List<string>> ModelsAsync(SqlSession session, string tenant)
    {
        List<string> models = [];
        while (true)
        {
            string? next = await session.FirstAsync(
                "SELECT model FROM jobs WHERE tenant = $1 AND state = 'queued' AND model > $2 ORDER BY model LIMIT 1", r => r.Text(),
                tenant, models.Count == 0 ? "" : models[^1]);
            if (next is null)
                return models;
            models.Add(next);
        }
    }
}
