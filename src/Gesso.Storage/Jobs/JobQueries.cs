using System.Globalization;
using System.Text;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>What can be asked about jobs.</summary>
internal static class JobQueries
{
    /// <summary>Places further back are told as this one: nobody needs them exactly, and counting them costs.</summary>
    private const int FarthestPlace = 10_000;

    public static List<Job> List(ISqlDatabase database, ISqlSession session, JobQuery query)
    {
        string ordinal = database.Dialect.Ordinal;
        var condition = new StringBuilder("1 = 1");
        List<(string, object?)> parameters = [("limit", query.Limit)];
        if (query.Tenant is { } tenant)
            Add(" AND tenant = @tenant", "tenant", tenant.Value);
        if (query.Batch is { } batch)
            Add(" AND batch = @batch", "batch", batch.Value);
        if (query.Before is { } before)
            Add($" AND id{ordinal} < @before", "before", before.Value);
        if (query.States.Count > 0)
            _ = condition.Append(CultureInfo.InvariantCulture, $" AND state IN ({string.Join(", ", query.States.Select(s => $"'{s}'"))})");
        var jobs = session.Query($"{JobRow.Select} WHERE {condition} ORDER BY id{ordinal} DESC LIMIT @limit", JobRow.Read, [.. parameters]);
        return jobs.ConvertAll(job => JobRow.WithPictures(session, job));

        void Add(string sql, string name, object value)
        {
            _ = condition.Append(sql);
            parameters.Add((name, value));
        }
    }

    public static List<JobEvent> Events(ISqlSession session, IReadOnlyDictionary<JobId, int> after)
    {
        List<JobEvent> events = [];
        foreach (var (job, sequence) in after)
        {
            events.AddRange(session.Query(
                "SELECT sequence, type, at, attempt, picture FROM job_events WHERE job = @job AND sequence > @after ORDER BY sequence",
                r => new JobEvent(job, r.Int(0), r.Enum<JobEventType>(1), r.Time(2), r.Int(3), r.LongOrNull(4) is { } picture ? (int)picture : null),
                ("job", job.Value), ("after", sequence)));
        }
        return events;
    }

    public static QueuePlace? Place(ISqlDatabase database, ISqlSession session, JobId id)
    {
        string ordinal = database.Dialect.Ordinal;
        var job = session.First(
            "SELECT tenant, model, rank FROM jobs WHERE id = @id AND state = 'Queued'", r => new { Tenant = r.GetString(0), Model = r.GetString(1), Rank = r.GetInt64(2) }, ("id", id.Value));
        return job is null ? null : session.First(
            $"""
            SELECT COUNT(*), COALESCE(SUM(estimated_seconds), 0) FROM (
              SELECT estimated_seconds FROM jobs
              WHERE tenant = @tenant AND model = @model AND state = 'Queued' AND (rank < @rank OR (rank = @rank AND id{ordinal} < @id))
              LIMIT @farthest) AS first
            """,
            r => new QueuePlace(r.GetInt64(0), r.GetDouble(1)),
            ("tenant", job.Tenant), ("model", job.Model), ("rank", job.Rank), ("id", id.Value), ("farthest", FarthestPlace));
    }

    public static QueueNumbers Numbers(ISqlSession session, TenantId? tenant)
    {
        string which = tenant is null ? "" : " WHERE tenant = @tenant";
        (string, object?)[] parameters = tenant is { } owner ? [("tenant", owner.Value)] : [];
        var waiting = session.Query($"SELECT COALESCE(SUM(waiting), 0), COALESCE(SUM(seconds), 0) FROM lanes{which}", r => (Jobs: r.GetInt64(0), Seconds: r.GetDouble(1)), parameters)[0];
        long running = session.Value($"SELECT COALESCE(SUM(running), 0) FROM shares{which}", r => r.GetInt64(0), parameters) ?? 0;
        // the first of each lane: the oldest unless priorities differ
        var oldest = session.Query($"SELECT tenant, model FROM lanes{(which.Length > 0 ? which + " AND" : " WHERE")} waiting > 0", r => (r.GetString(0), r.GetString(1)), parameters)
            .Select(lane => session.Value(
                "SELECT created FROM jobs WHERE tenant = @tenant AND model = @model AND state = 'Queued' ORDER BY rank, id LIMIT 1", r => r.Time(0),
                ("tenant", lane.Item1), ("model", lane.Item2)))
            .Min();
        return new QueueNumbers(waiting.Jobs, running, Math.Max(0, waiting.Seconds), oldest);
    }
}
