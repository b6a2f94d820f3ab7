namespace Gesso.Platform.Jobs;

/// <summary>A waiting job as the scheduler sees it.</summary>
/// <param name="Id">Which.</param>
/// <param name="Tenant">Whose.</param>
/// <param name="TenantTime">Device time the tenant has had, divided by its weight (virtual time of fair queueing).</param>
/// <param name="Rank">Order within the tenant, smallest first.</param>
/// <param name="Passes">How often it was due and passed over.</param>
/// <param name="Crashes">Workers it lost.</param>
/// <param name="AffinityKey">What must be in memory for it.</param>
/// <param name="ShapeKey">What can go through the network with it.</param>
public readonly record struct Candidate(
    JobId Id, TenantId Tenant, double TenantTime, long Rank, int Passes, int Crashes, string AffinityKey, string ShapeKey);

/// <param name="Jobs">The jobs to run together; the first decides.</param>
/// <param name="PassedOver">The job that was due, when another was taken to save a load.</param>
public readonly record struct SchedulingChoice(IReadOnlyList<JobId> Jobs, JobId? PassedOver);

/// <summary>
/// Which job a free worker takes. Tenants share device time (the one that had least is next, as in start-time fair queueing); within a tenant the rank decides;
/// a job whose model and adapters are already in memory may go first, within bounds, and where there is none one whose model is. Pure: stores bring the candidates and carry out the choice.
/// </summary>
public static class Scheduler
{
    /// <param name="candidates">
    /// The first <see cref="SchedulingPolicy.LookAhead"/> waiting jobs of each of the first <see cref="SchedulingPolicy.TenantLookAhead"/> tenants by
    /// (tenant time, tenant id); order does not matter.
    /// </param>
    /// <param name="resident">What the worker holds.</param>
    /// <param name="maxBatch">How many jobs it takes.</param>
    /// <param name="policy">Bounds.</param>
    public static SchedulingChoice Choose(IEnumerable<Candidate> candidates, string? resident, int maxBatch, SchedulingPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var ordered = candidates.Order(Comparer<Candidate>.Create(Compare)).ToList();
        if (ordered.Count == 0)
            return new SchedulingChoice([], null);
        var due = ordered[0];
        var taken = due;
        if (resident is not null && due.AffinityKey != resident && due.Passes < policy.MaxPasses)
        {
            double latest = due.TenantTime + policy.FairnessSlackSeconds;
            int saved = ordered.FindIndex(c => c.AffinityKey == resident && c.TenantTime <= latest);
            // a model takes seconds to load, other adapters on the same one a fraction of a second
            string model = ImageJob.ModelOf(resident);
            if (saved < 0 && ImageJob.ModelOf(due.AffinityKey) != model)
                saved = ordered.FindIndex(c => ImageJob.ModelOf(c.AffinityKey) == model && c.TenantTime <= latest);
            if (saved >= 0)
                taken = ordered[saved];
        }
        List<JobId> jobs = [taken.Id];
        if (taken.Crashes == 0)                                                             // what may have killed a worker runs alone
        {
            jobs.AddRange(ordered
                .Where(c => c.Id != taken.Id && c.ShapeKey == taken.ShapeKey && c.Crashes == 0)
                .Take(maxBatch - 1)
                .Select(c => c.Id));
        }
        return new SchedulingChoice(jobs, taken.Id == due.Id ? null : due.Id);
    }

    /// <summary>Tenant time, tenant, rank, id.</summary>
    private static int Compare(Candidate a, Candidate b)
    {
        int order = a.TenantTime.CompareTo(b.TenantTime);
        if (order == 0)
            order = string.CompareOrdinal(a.Tenant.Value, b.Tenant.Value);
        if (order == 0)
            order = a.Rank.CompareTo(b.Rank);
        return order == 0 ? a.Id.CompareTo(b.Id) : order;
    }
}
