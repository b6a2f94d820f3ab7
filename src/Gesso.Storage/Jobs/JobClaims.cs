using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>Brings the scheduler its candidates and carries out its choice. Both questions are answered from an index, however long the queue is.</summary>
internal static class JobClaims
{
    public static async ValueTask<IReadOnlyList<Job>> ClaimAsync(JobTransaction transaction, ClaimRequest request)
    {
        var session = transaction.Session;
        await session.LockChoiceAsync();
        await transaction.Shares.SaveAsync();
        while (true)
        {
            var candidates = await CandidatesAsync(session, [.. request.Models.Distinct()], transaction.Policy);
            var choice = Scheduler.Choose(candidates, request.Resident, request.MaxBatch, transaction.Policy);
            if (choice.Jobs.Count == 0)
                return [];
            var claimed = await StartAsync(transaction, request, choice, candidates);
            if (claimed.Count > 0)
                return claimed;                                                             // else all of them were cancelled after the look: look again
        }
    }

    private static async ValueTask<List<Job>> StartAsync(JobTransaction transaction, ClaimRequest request, SchedulingChoice choice, List<Candidate> candidates)
    {
        var session = transaction.Session;
        var chosen = choice.Jobs.ToHashSet();
        await transaction.Shares.LockAsync(candidates.Where(c => chosen.Contains(c.Id)).Select(c => c.Tenant));
        var started = (await transaction.StartAsync(chosen, request.Worker, request.Now)).ToDictionary(job => job.Id);
        List<Job> claimed = [.. choice.Jobs.Where(started.ContainsKey).Select(id => started[id])];
        if (claimed.Count > 0 && choice.PassedOver is { } passed)
            await session.PostAsync("UPDATE jobs SET passes = passes + 1 WHERE id = $1 AND state = 'queued'", passed.Value);
        return claimed;
    }

    private static async ValueTask<List<Candidate>> CandidatesAsync(SqlSession session, string[] models, SchedulingPolicy policy)
    {
        var tenants = await session.QueryEachAsync(
            """
            SELECT s.tenant, s.time FROM shares s
            WHERE s.waiting + s.running > 0 AND s.waiting > 0
              AND EXISTS (SELECT 1 FROM jobs j WHERE j.tenant = s.tenant AND j.model = $1 AND j.state = 'queued')
            ORDER BY s.time, s.tenant LIMIT $2
            """,
            r => (Tenant: r.Text(), Time: r.Real()),
            models.Select(model => new SqlValue[] { model, policy.TenantLookAhead }));
        var first = tenants.Distinct()
            .OrderBy(t => t.Time).ThenBy(t => t.Tenant, StringComparer.Ordinal)
            .Take(policy.TenantLookAhead)
            .ToDictionary(t => t.Tenant, t => t.Time);
        var waiting = await session.QueryEachAsync(
            """
            SELECT id, tenant, rank, passes, crashes, affinity, shape FROM jobs WHERE tenant = $1 AND model = $2 AND state = 'queued' ORDER BY rank, id LIMIT $3
            """,
            r => ReadCandidate(r, first),
            first.Keys.SelectMany(tenant => models.Select(model => new SqlValue[] { tenant, model, policy.LookAhead })));
        return [.. waiting.GroupBy(c => c.Tenant).SelectMany(tenant =>
            tenant.OrderBy(c => c.Rank).ThenBy(c => c.Id.Value, StringComparer.Ordinal).Take(policy.LookAhead))];
    }

    private static Candidate ReadCandidate(SqlRow row, Dictionary<string, double> times)
    {
        var id = new JobId(row.Text());
        string tenant = row.Text();
        return new Candidate(id, new TenantId(tenant), times[tenant], row.Long(), row.Int(), row.Int(), row.Text(), row.Text());
    }
}
