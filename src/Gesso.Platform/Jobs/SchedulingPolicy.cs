using Gesso.Contracts.Errors;

namespace Gesso.Platform.Jobs;

/// <summary>The numbers behind the order of jobs.</summary>
public sealed record SchedulingPolicy
{
    /// <summary>Highest and, negated, lowest priority.</summary>
    public const int MaxPriority = 10;

    /// <summary>One step of priority outweighs this much waiting, so that nothing waits for ever behind more urgent work.</summary>
    public TimeSpan AgingStep { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many waiting jobs of a tenant are looked at for one that needs no loading.</summary>
    public int LookAhead { get; init; } = 32;

    /// <summary>How many tenants are looked at, those first whose turn it is.</summary>
    public int TenantLookAhead { get; init; } = 8;

    /// <summary>A tenant may be served this much device time early to save a load.</summary>
    public double FairnessSlackSeconds { get; init; } = 20;

    /// <summary>How often the job that is due may be passed over to save a load.</summary>
    public int MaxPasses { get; init; } = 16;

    /// <summary>A job that lost this many workers is quarantined.</summary>
    public int MaxCrashes { get; init; } = 3;

    /// <summary>The order within a tenant, smallest first: the time of submission, moved by the priority. It never changes, so an index holds it.</summary>
    public long Rank(DateTimeOffset created, int priority) => created.ToUnixTimeMilliseconds() - (priority * (long)AgingStep.TotalMilliseconds);

    public SchedulingPolicy Validate()
    {
        Require(AgingStep > TimeSpan.Zero, nameof(AgingStep), AgingStep, "above 0");
        Require(LookAhead is >= 1 and <= 1000, nameof(LookAhead), LookAhead, "1 to 1000");
        Require(TenantLookAhead is >= 1 and <= 1000, nameof(TenantLookAhead), TenantLookAhead, "1 to 1000");
        Require(FairnessSlackSeconds >= 0, nameof(FairnessSlackSeconds), FairnessSlackSeconds, "0 or more");
        Require(MaxPasses is >= 0 and <= 10_000, nameof(MaxPasses), MaxPasses, "0 to 10000");
        Require(MaxCrashes is >= 1 and <= 100, nameof(MaxCrashes), MaxCrashes, "1 to 100");
        return this;
    }

    private static void Require(bool holds, string field, object value, string range)
    {
        if (!holds)
            throw GessoException.Invalid("bad_scheduling", $"{field}: expected {range}, got {value}.");
    }
}
