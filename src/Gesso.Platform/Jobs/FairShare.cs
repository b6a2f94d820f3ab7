namespace Gesso.Platform.Jobs;

/// <summary>
/// The arithmetic of tenant time (virtual time in device seconds over weight), in one place so that every store computes the same doubles.
/// A tenant's time moves at three moments: it becomes active, an attempt starts (the estimate is charged), an attempt ends with its device time known.
/// Attempts that end without a report (crash, cancel, deadline) stay charged with the estimate.
/// </summary>
public static class FairShare
{
    /// <summary>A tenant without waiting or running jobs that submits one: it gets no credit for the time it was away.</summary>
    /// <param name="own">Its tenant time.</param>
    /// <param name="leastActive">The smallest among tenants with waiting or running jobs; null: there is none.</param>
    public static double Arrive(double own, double? leastActive) => Math.Max(own, leastActive ?? own);

    public static double Start(double own, double estimatedSeconds, double weight) => own + (estimatedSeconds / weight);

    public static double End(double own, double estimatedSeconds, double deviceSeconds, double weight) => own + ((deviceSeconds - estimatedSeconds) / weight);
}
