using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>Device time, waiting and running jobs of tenants: the rows that the order of claims is made of.</summary>
internal static class TenantShares
{
    private sealed record Row(double Time, int Waiting, int Running);

    /// <summary>Waiting and running jobs.</summary>
    public static int Unfinished(ISqlSession session, TenantId tenant) => Find(session, tenant) is { } row ? row.Waiting + row.Running : 0;

    public static long WaitingInAll(ISqlSession session) => session.Value("SELECT COALESCE(SUM(waiting), 0) FROM lanes", r => r.GetInt64(0)) ?? 0;

    public static double Time(ISqlSession session, TenantId tenant) => Find(session, tenant)?.Time ?? 0;

    /// <summary>One more job waits.</summary>
    public static void Arrive(ISqlSession session, TenantId tenant, string model, double estimatedSeconds)
    {
        var row = Find(session, tenant) ?? new Row(0, 0, 0);
        double time = row.Time;
        if (row.Waiting + row.Running == 0)
            time = FairShare.Arrive(time, session.Value("SELECT time FROM shares WHERE waiting + running > 0 ORDER BY time LIMIT 1", r => r.GetDouble(0)));
        Save(session, tenant, row with { Time = time, Waiting = row.Waiting + 1 });
        MoveLane(session, tenant, model, 1, estimatedSeconds);
    }

    /// <summary>A waiting job starts.</summary>
    public static void Start(ISqlSession session, JobHead job)
    {
        var row = Find(session, job.Tenant)!;
        double time = FairShare.Start(row.Time, job.EstimatedSeconds, Weight(session, job.Tenant));
        Save(session, job.Tenant, row with { Time = time, Waiting = row.Waiting - 1, Running = row.Running + 1 });
        MoveLane(session, job.Tenant, job.Model, -1, -job.EstimatedSeconds);
    }

    /// <summary>A job leaves the state it is in, for the queue or for good.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="job">As it was.</param>
    /// <param name="deviceSeconds">What the attempt took, where known.</param>
    /// <param name="toQueue">Whether it waits again.</param>
    public static void Leave(ISqlSession session, JobHead job, double? deviceSeconds, bool toQueue)
    {
        var row = Find(session, job.Tenant)!;
        bool waited = job.State == JobState.Queued;
        double time = deviceSeconds is { } seconds && !waited
            ? FairShare.End(row.Time, job.EstimatedSeconds, seconds, Weight(session, job.Tenant))
            : row.Time;
        Save(session, job.Tenant, new Row(time, row.Waiting + (toQueue ? 1 : 0) - (waited ? 1 : 0), row.Running - (waited ? 0 : 1)));
        if (waited != toQueue)
            MoveLane(session, job.Tenant, job.Model, toQueue ? 1 : -1, toQueue ? job.EstimatedSeconds : -job.EstimatedSeconds);
    }

    private static Row? Find(ISqlSession session, TenantId tenant) =>
        session.First("SELECT time, waiting, running FROM shares WHERE tenant = @tenant", r => new Row(r.GetDouble(0), r.Int(1), r.Int(2)), ("tenant", tenant.Value));

    private static void Save(ISqlSession session, TenantId tenant, Row row) => session.Execute(
        """
        INSERT INTO shares (tenant, time, waiting, running) VALUES (@tenant, @time, @waiting, @running)
        ON CONFLICT (tenant) DO UPDATE SET time = excluded.time, waiting = excluded.waiting, running = excluded.running
        """,
        ("tenant", tenant.Value), ("time", row.Time), ("waiting", row.Waiting), ("running", row.Running));

    private static void MoveLane(ISqlSession session, TenantId tenant, string model, int jobs, double seconds) => session.Execute(
        """
        INSERT INTO lanes (tenant, model, waiting, seconds) VALUES (@tenant, @model, @jobs, @seconds)
        ON CONFLICT (tenant, model) DO UPDATE SET waiting = lanes.waiting + excluded.waiting, seconds = lanes.seconds + excluded.seconds
        """,
        ("tenant", tenant.Value), ("model", model), ("jobs", jobs), ("seconds", seconds));

    private static double Weight(ISqlSession session, TenantId tenant) =>
        session.Value("SELECT weight FROM tenants WHERE id = @tenant", r => r.GetDouble(0), ("tenant", tenant.Value)) ?? 1;
}
