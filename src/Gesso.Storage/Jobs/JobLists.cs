using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>
/// Jobs from the newest on. Each state of each tenant has its part of an index in the order of ids, so the first ids of each are put together and the first of those
/// are read: as fast among millions of finished jobs as in an empty queue.
/// </summary>
internal static class JobLists
{
    /// <summary>Behind every id.</summary>
    private const string End = "~";

    private const int MostInAList = 1000;

    private static readonly JobState[] States = Enum.GetValues<JobState>();

    public static async ValueTask<List<Job>> ListAsync(SqlSession session, JobQuery query)
    {
        var states = query.States.Count == 0 ? States : query.States.Distinct();
        if (query.Batch is { } batch)
        {
            string condition = "batch = $3" + (query.Tenant is null ? "" : " AND tenant = $4");
            SqlValue[] values = query.Tenant is { } owner ? [batch.Value, owner.Value] : [batch.Value];
            return await FirstAsync(session, states.Select(state => Part(state, condition)), [values], query.Before, query.Limit);
        }
        var tenants = query.Tenant is { } tenant ? [tenant.Value] : await session.QueryAsync("SELECT tenant FROM shares", r => r.Text());
        return await FirstAsync(
            session, states.Select(state => Part(state, "tenant = $3")), tenants.Select(t => new SqlValue[] { t }), query.Before, query.Limit);
    }

    /// <summary>Jobs that have pictures.</summary>
    public static ValueTask<List<Job>> GalleryAsync(SqlSession session, GalleryQuery query)
    {
        const string Drawn = "tenant = $3 AND EXISTS (SELECT 1 FROM pictures p WHERE p.job = jobs.id)";
        return query.Key is { } key
            ? FirstAsync(session, States.Select(s => Part(s, Drawn + " AND api_key = $4")), [[query.Tenant.Value, key.Value]], query.Before, query.Limit)
            : FirstAsync(session, States.Select(s => Part(s, Drawn)), [[query.Tenant.Value]], query.Before, query.Limit);
    }

    /// <summary>The state stands in the text: only so is it known which index holds it.</summary>
    private static string Part(JobState state, string condition) =>
        $"state = '{SqlName<JobState>.Of(state)}' {(state.IsFinal() ? "AND finished IS NOT NULL" : "")} AND {condition}";

    private static async ValueTask<List<Job>> FirstAsync(
        SqlSession session, IEnumerable<string> parts, IEnumerable<SqlValue[]> values, Platform.JobId? before, int limit)
    {
        limit = Math.Clamp(limit, 1, MostInAList);
        SqlValue[][] arguments = [.. values.Select(SqlValue[] (v) => [before?.Value ?? End, limit, .. v])];
        List<string> ids = [];
        foreach (string part in parts)
            ids.AddRange(await session.QueryEachAsync($"SELECT id FROM jobs WHERE id < $1 AND {part} ORDER BY id DESC LIMIT $2", r => r.Text(), arguments));
        return await session.QueryEachAsync(
            $"{JobRow.Select(session)} WHERE id = $1",
            JobRow.Read,
            ids.OrderDescending(StringComparer.Ordinal).Take(limit).Select(id => new SqlValue[] { id }));
    }
}
