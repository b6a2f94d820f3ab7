using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>
/// Jobs from the newest on. Each state has its part of an index in the order of ids, so the first ids of each state are put together and the first of those are
/// read: as fast among millions of finished jobs as in an empty queue.
/// </summary>
internal static class JobLists
{
    /// <summary>Behind every id.</summary>
    private const string End = "~";

    private const int MostInAList = 1000;

    public static ValueTask<List<Job>> ListAsync(SqlSession session, JobQuery query)
    {
        var states = query.States.Count == 0 ? Enum.GetValues<JobState>() : query.States.Distinct();
        string? tenant = query.Tenant?.Value, batch = query.Batch?.Value;
        return (tenant, batch) switch
        {
            (null, null) => FirstAsync(session, "", [], states, query.Before, query.Limit),
            (_, null) => FirstAsync(session, "AND tenant = $4", [tenant], states, query.Before, query.Limit),
            (null, _) => FirstAsync(session, "AND batch = $4", [batch], states, query.Before, query.Limit),
            _ => FirstAsync(session, "AND batch = $4 AND tenant = $5", [batch, tenant], states, query.Before, query.Limit),
        };
    }

    /// <summary>Jobs that have pictures.</summary>
    public static ValueTask<List<Job>> GalleryAsync(SqlSession session, GalleryQuery query)
    {
        const string Drawn = "AND tenant = $4 AND EXISTS (SELECT 1 FROM pictures p WHERE p.job = jobs.id)";
        var states = Enum.GetValues<JobState>();
        return query.Key is { } key
            ? FirstAsync(session, Drawn + " AND api_key = $5", [query.Tenant.Value, key.Value], states, query.Before, query.Limit)
            : FirstAsync(session, Drawn, [query.Tenant.Value], states, query.Before, query.Limit);
    }

    private static async ValueTask<List<Job>> FirstAsync(
        SqlSession session, string condition, SqlValue[] values, IEnumerable<JobState> states, Platform.JobId? before, int limit)
    {
        limit = Math.Clamp(limit, 1, MostInAList);
        var ids = await session.QueryEachAsync(
            $"SELECT id FROM jobs WHERE state = $1 AND id < $2 {condition} ORDER BY id DESC LIMIT $3",
            r => r.Text(),
            states.Select(SqlValue[] (state) => [SqlName<JobState>.Of(state), before?.Value ?? End, limit, .. values]));
        return await session.QueryEachAsync(
            $"{JobRow.Select(session)} WHERE id = $1",
            JobRow.Read,
            ids.OrderDescending(StringComparer.Ordinal).Take(limit).Select(id => new SqlValue[] { id }));
    }
}
