using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>A tenant's place in the order of claims.</summary>
internal sealed record TenantShare(TenantId Tenant, double Time, long Waiting, long Running, long WaitingMicroseconds, double Weight)
{
    public long Unfinished => Waiting + Running;
}

/// <summary>
/// The tenants that one transaction touches: read and locked once, changed here, written before its commit. Transactions lock tenants in the order of
/// their ids and before any job, so that none waits for another in a circle.
/// </summary>
internal sealed class TenantShares(SqlSession session) : IKept
{
    private const string Weighted = """
        SELECT s.tenant, s.time, s.waiting, s.running, s.waiting_us, COALESCE((SELECT t.weight FROM tenants t WHERE t.id = s.tenant), 1.0) FROM shares s
        """;

    private readonly Dictionary<TenantId, TenantShare> _shares = [];
    private readonly HashSet<TenantId> _changed = [];
    private long? _waiting;

    public TenantShare this[TenantId tenant] => _shares[tenant];

    public async ValueTask LockAsync(IEnumerable<TenantId> tenants)
    {
        foreach (var tenant in tenants.Distinct().Where(t => !_shares.ContainsKey(t)).OrderBy(t => t.Value, StringComparer.Ordinal))
            await LockAsync(tenant);
    }

    /// <summary>One tenant; of several, the one with the least id first.</summary>
    public async ValueTask LockAsync(TenantId tenant)
    {
        if (!_shares.ContainsKey(tenant))
            _shares[tenant] = await FindAsync(tenant) ?? await CreateAsync(tenant);
    }

    /// <summary>The tenant of a job; null: no such job.</summary>
    public async ValueTask<TenantShare?> LockOwnerAsync(JobId job)
    {
        var share = await session.FirstAsync($"{Weighted} WHERE s.tenant = (SELECT tenant FROM jobs WHERE id = $1){OfShares}", Read, job.Value);
        if (share is not null)
            _shares[share.Tenant] = share;
        return share;
    }

    /// <summary>The waiting jobs of all tenants.</summary>
    public async ValueTask<long> WaitingAsync()
    {
        if (_waiting is null)
        {
            await SaveAsync();
            _waiting = (await session.QueryAsync(
                "SELECT CAST(COALESCE(SUM(waiting), 0) AS bigint) FROM shares WHERE waiting + running > 0", r => r.Long()))[0];
        }
        return _waiting.Value;
    }

    /// <summary>One more job waits.</summary>
    public async ValueTask ArriveAsync(TenantId tenant, long estimatedMicroseconds)
    {
        var share = _shares[tenant];
        if (share.Unfinished == 0)
        {
            await SaveAsync();
            var least = await session.QueryAsync("SELECT time FROM shares WHERE waiting + running > 0 ORDER BY time LIMIT 1", r => r.Real());
            share = share with { Time = FairShare.Arrive(share.Time, least.Count == 0 ? null : least[0]) };
        }
        Change(share with { Waiting = share.Waiting + 1, WaitingMicroseconds = share.WaitingMicroseconds + estimatedMicroseconds });
    }

    /// <summary>A waiting job starts.</summary>
    public void Start(Job job)
    {
        var share = _shares[job.Tenant];
        Change(share with
        {
            Time = FairShare.Start(share.Time, job.EstimatedSeconds, share.Weight),
            Waiting = share.Waiting - 1,
            WaitingMicroseconds = share.WaitingMicroseconds - JobRow.Microseconds(job.EstimatedSeconds),
            Running = share.Running + 1,
        });
    }

    /// <summary>A running job waits again.</summary>
    /// <param name="job">As it ran.</param>
    /// <param name="deviceSeconds">What the attempt took, where it is known.</param>
    public void Return(JobHead job, double? deviceSeconds)
    {
        var share = EndAttempt(job, deviceSeconds);
        Change(share with { Waiting = share.Waiting + 1, WaitingMicroseconds = share.WaitingMicroseconds + job.EstimatedMicroseconds });
    }

    /// <summary>A job waits or runs no longer.</summary>
    public void Leave(JobHead job, double? deviceSeconds)
    {
        var share = _shares[job.Tenant];
        Change(job.State == JobState.Running
            ? EndAttempt(job, deviceSeconds)
            : share with { Waiting = share.Waiting - 1, WaitingMicroseconds = share.WaitingMicroseconds - job.EstimatedMicroseconds });
    }

    public async ValueTask SaveAsync()
    {
        if (_changed.Count == 0)
            return;
        foreach (var share in _changed.Select(t => _shares[t]))
        {
            await session.PostAsync(
                "UPDATE shares SET time = $2, waiting = $3, running = $4, waiting_us = $5 WHERE tenant = $1",
                share.Tenant.Value, share.Time, share.Waiting, share.Running, share.WaitingMicroseconds);
        }
        _changed.Clear();
    }

    private string OfShares => session.ForUpdate.Length == 0 ? "" : $"{session.ForUpdate} OF s";

    private TenantShare EndAttempt(JobHead job, double? deviceSeconds)
    {
        var share = _shares[job.Tenant];
        double time = deviceSeconds is { } seconds ? FairShare.End(share.Time, job.EstimatedSeconds, seconds, share.Weight) : share.Time;
        return share with { Time = time, Running = share.Running - 1 };
    }

    private void Change(TenantShare share)
    {
        _waiting += share.Waiting - _shares[share.Tenant].Waiting;
        _shares[share.Tenant] = share;
        _ = _changed.Add(share.Tenant);
    }

    private ValueTask<TenantShare?> FindAsync(TenantId tenant) => session.FirstAsync($"{Weighted} WHERE s.tenant = $1{OfShares}", Read, tenant.Value);

    private async ValueTask<TenantShare> CreateAsync(TenantId tenant)
    {
        await session.PostAsync(
            "INSERT INTO shares (tenant, time, waiting, running, waiting_us) VALUES ($1, 0, 0, 0, 0) ON CONFLICT (tenant) DO NOTHING", tenant.Value);
        return (await FindAsync(tenant))!;
    }

    private static TenantShare Read(SqlRow row) => new(new TenantId(row.Text()), row.Real(), row.Long(), row.Long(), row.Long(), row.Real());
}
