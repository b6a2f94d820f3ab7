using System.Globalization;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>Brings the scheduler its candidates and carries out its choice.</summary>
internal static class JobClaims
{
    public static IReadOnlyList<Job> Claim(ISqlDatabase database, ISqlSession session, ClaimRequest request, SchedulingPolicy policy)
    {
        if (database.Dialect.ClaimLock is { } claimLock)
            _ = session.Execute(claimLock);
        string[] models = [.. request.Models.Distinct()];
        var choice = Scheduler.Choose(Candidates(database, session, models, policy), request.Resident, request.MaxBatch, policy);
        if (choice.PassedOver is { } passed)
            _ = session.Execute("UPDATE jobs SET passes = passes + 1 WHERE id = @id", ("id", passed.Value));
        List<Job> claimed = [];
        foreach (var id in choice.Jobs)
        {
            var job = JobHead.Find(database, session, id);
            if (job is not { State: JobState.Queued })
                continue;
            TenantShares.Start(session, job);
            _ = session.Execute(
                """
                UPDATE jobs SET state = 'Running', attempt = attempt + 1, beat = beat + 1, worker = @worker, started = COALESCE(started, @now), last_event = last_event + 1
                WHERE id = @id
                """,
                ("worker", request.Worker.Value), ("now", request.Now.Db()), ("id", id.Value));
            JobChanges.AddEvent(session, job with { Attempt = job.Attempt + 1 }, JobEventType.Started, request.Now);
            claimed.Add(JobRow.Find(session, tenant: null, id)!);
        }
        return claimed;
    }

    private static List<Candidate> Candidates(ISqlDatabase database, ISqlSession session, string[] models, SchedulingPolicy policy)
    {
        if (models.Length == 0)
            return [];
        (string, object?)[] named = [.. models.Select((model, i) => ($"m{i.ToString(CultureInfo.InvariantCulture)}", (object?)model))];
        string list = string.Join(", ", named.Select(p => "@" + p.Item1));
        string ordinal = database.Dialect.Ordinal;
        var tenants = session.Query(
            $"""
            SELECT s.tenant, s.time FROM shares s
            WHERE s.waiting + s.running > 0 AND EXISTS (SELECT 1 FROM lanes l WHERE l.tenant = s.tenant AND l.waiting > 0 AND l.model IN ({list}))
            ORDER BY s.time, s.tenant{ordinal} LIMIT @limit
            """,
            r => (Tenant: new TenantId(r.GetString(0)), Time: r.GetDouble(1)),
            [.. named, ("limit", policy.TenantLookAhead)]);
        List<Candidate> candidates = [];
        foreach (var (tenant, time) in tenants)
        {
            var waiting = models.SelectMany(model => session.Query(
                $"""
                SELECT id, rank, passes, crashes, affinity, shape FROM jobs WHERE tenant = @tenant AND model = @model AND state = 'Queued' ORDER BY rank, id{ordinal} LIMIT @limit
                """,
                r => new Candidate(new JobId(r.GetString(0)), tenant, time, r.GetInt64(1), r.Int(2), r.Int(3), r.GetString(4), r.GetString(5)),
                ("tenant", tenant.Value), ("model", model), ("limit", policy.LookAhead)));
            candidates.AddRange(waiting.OrderBy(c => c.Rank).ThenBy(c => c.Id.Value, StringComparer.Ordinal).Take(policy.LookAhead));
        }
        return candidates;
    }
}
