using CsCheck;
using Gesso.Platform.Jobs;

namespace Gesso.Platform.Tests.Jobs;

public sealed class SchedulerTests
{
    private static readonly SchedulingPolicy Policy = new() { FairnessSlackSeconds = 10, MaxPasses = 3 };

    private static readonly Gen<Candidate> AnyCandidate =
        from id in Gen.Int[0, 999]
        from tenant in Gen.Int[0, 4]
        from time in Gen.Int[0, 5]
        from rank in Gen.Int[0, 20]
        from passes in Gen.Int[0, 4]
        from crashes in Gen.Int[0, 1]
        from affinity in Gen.OneOfConst("a", "b", "c", "a+style:1", "b+style:1", "b+ink:1")
        from shape in Gen.Int[0, 2]
        select Candidate($"{id:D4}", $"tenant_{tenant}", time * 5.0, rank, affinity, passes, crashes, $"{affinity}|{shape}");

    private static readonly Gen<Candidate[]> AnyQueue = AnyCandidate.Array[0, 40].Select(queue => queue.DistinctBy(c => c.Id).ToArray());

    [Fact]
    public void Empty_queue_gives_nothing() => Assert.Empty(Scheduler.Choose([], "a", 4, Policy).Jobs);

    [Fact]
    public void Tenant_with_least_time_goes_first_then_the_rank()
    {
        Candidate[] queue = [Candidate("1", "late", 9, 0), Candidate("2", "early", 1, 5), Candidate("3", "early", 1, 4)];

        Assert.Equal("3", Assert.Single(Scheduler.Choose(queue, null, 1, Policy).Jobs).Value);
    }

    [Fact]
    public void Equal_candidates_are_told_apart_by_tenant_and_id()
    {
        Candidate[] queue = [Candidate("3", "b", 0, 0), Candidate("2", "a", 0, 0), Candidate("1", "a", 0, 0)];

        Assert.Equal("1", Assert.Single(Scheduler.Choose(queue, null, 1, Policy).Jobs).Value);
    }

    [Fact]
    public void Resident_model_goes_first_within_the_slack()
    {
        Candidate[] queue = [Candidate("1", "due", 0, 0, "b"), Candidate("2", "near", 10, 0, "a"), Candidate("3", "far", 10.5, -9, "a")];

        var choice = Scheduler.Choose(queue, "a", 1, Policy);

        Assert.Equal(("2", "1"), (Assert.Single(choice.Jobs).Value, choice.PassedOver!.Value.Value));
        Assert.Equal("1", Assert.Single(Scheduler.Choose([queue[0], queue[2]], "a", 1, Policy).Jobs).Value);
    }

    [Fact]
    public void Resident_adapters_go_first_then_others_on_the_resident_model_before_another_model_is_loaded()
    {
        Candidate other = Candidate("1", "t", 0, 0, "b"), swap = Candidate("2", "t", 0, 1, "a+style:1"), same = Candidate("3", "t", 0, 2, "a+ink:0.5");
        JobId Taken(string resident, params Candidate[] queue) => Assert.Single(Scheduler.Choose(queue, resident, 1, Policy).Jobs);

        Assert.Equal("3", Taken("a+ink:0.5", other, swap, same).Value);
        Assert.Equal("2", Taken("a+ink:0.5", other, swap).Value);
        Assert.Equal("2", Taken("a", other, swap).Value);
        // both need only a swap, which saves nothing: the one that is due goes
        Assert.Equal("2", Taken("a+line:1", swap, same).Value);
    }

    [Fact]
    public void Job_passed_over_often_enough_goes()
    {
        Candidate[] queue = [Candidate("1", "t", 0, 0, "b", passes: 3), Candidate("2", "t", 0, 1, "a")];

        Assert.Equal("1", Assert.Single(Scheduler.Choose(queue, "a", 1, Policy).Jobs).Value);
    }

    [Fact]
    public void Job_that_lost_a_worker_runs_alone()
    {
        Candidate[] queue = [Candidate("1", "t", 0, 0, crashes: 1), Candidate("2", "t", 0, 1), Candidate("3", "t", 0, 2)];

        Assert.Equal(["1"], Scheduler.Choose(queue, null, 4, Policy).Jobs.Select(j => j.Value));
        Assert.Equal(["2", "3"], Scheduler.Choose(queue[1..], null, 4, Policy).Jobs.Select(j => j.Value));
        Assert.Equal(["2"], Scheduler.Choose([queue[0] with { Rank = 9 }, queue[1]], null, 4, Policy).Jobs.Select(j => j.Value));
    }

    [Fact]
    public void Choice_keeps_its_promises_for_any_queue() => Gen.Select(AnyQueue, Gen.OneOfConst(null, "a", "b", "a+style:1", "b+line:1"), Gen.Int[1, 5]).Sample((queue, resident, maxBatch) =>
    {
        var choice = Scheduler.Choose(queue, resident, maxBatch, Policy);
        var byId = queue.ToDictionary(c => c.Id);
        if (queue.Length == 0)
            return choice is { Jobs.Count: 0, PassedOver: null };
        var due = queue
            .OrderBy(c => c.TenantTime).ThenBy(c => c.Tenant.Value, StringComparer.Ordinal)
            .ThenBy(c => c.Rank).ThenBy(c => c.Id.Value, StringComparer.Ordinal).First();
        var first = byId[choice.Jobs[0]];
        bool passedOver = first.Id != due.Id;
        return choice.Jobs.Count <= maxBatch
            && choice.Jobs.Distinct().Count() == choice.Jobs.Count
            && choice.Jobs.All(j => byId[j].ShapeKey == first.ShapeKey)
            && (choice.Jobs.Count == 1 || choice.Jobs.All(j => byId[j].Crashes == 0))
            && choice.PassedOver == (passedOver ? due.Id : null)
            && (!passedOver || ((first.AffinityKey == resident || (SameModel(first, resident) && !SameModel(due, resident))) && due.AffinityKey != resident && due.Passes < Policy.MaxPasses
                && first.TenantTime <= due.TenantTime + Policy.FairnessSlackSeconds));
    });

    [Fact]
    public void Order_of_candidates_does_not_matter() => Gen.Select(AnyQueue, Gen.Int).Sample((queue, seed) =>
    {
        var shuffled = queue.ToArray();
        new Random(seed).Shuffle(shuffled);
        var (a, b) = (Scheduler.Choose(queue, "a", 3, Policy), Scheduler.Choose(shuffled, "a", 3, Policy));
        return a.Jobs.SequenceEqual(b.Jobs) && a.PassedOver == b.PassedOver;
    });

    [Fact]
    public void Rank_lets_nothing_wait_for_ever_behind_more_urgent_work()
    {
        var policy = new SchedulingPolicy { AgingStep = TimeSpan.FromMinutes(2) };
        var made = new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
        long patient = policy.Rank(made, SchedulingPolicy.MaxPriority * -1);
        var longest = TimeSpan.FromMinutes(2) * (2 * SchedulingPolicy.MaxPriority);

        Assert.True(policy.Rank(made, 1) < policy.Rank(made, 0));
        Assert.True(policy.Rank(made + longest - TimeSpan.FromSeconds(1), SchedulingPolicy.MaxPriority) < patient);
        Assert.True(policy.Rank(made + longest + TimeSpan.FromSeconds(1), SchedulingPolicy.MaxPriority) > patient);
    }

    [Theory]
    [InlineData(0, 32, 8, 20, 16, 3, "AgingStep")]
    [InlineData(60, 0, 8, 20, 16, 3, "LookAhead")]
    [InlineData(60, 32, 1001, 20, 16, 3, "TenantLookAhead")]
    [InlineData(60, 32, 8, -1, 16, 3, "FairnessSlackSeconds")]
    [InlineData(60, 32, 8, 20, -1, 3, "MaxPasses")]
    [InlineData(60, 32, 8, 20, 16, 0, "MaxCrashes")]
    public void Policy_out_of_range_names_the_field(int aging, int look, int tenants, double slack, int passes, int crashes, string field)
    {
        var policy = new SchedulingPolicy
        {
            AgingStep = TimeSpan.FromSeconds(aging),
            LookAhead = look,
            TenantLookAhead = tenants,
            FairnessSlackSeconds = slack,
            MaxPasses = passes,
            MaxCrashes = crashes,
        };

        Assert.StartsWith(field + ":", Gesso.Testing.Refusal.Of("bad_scheduling", () => policy.Validate()), StringComparison.Ordinal);
    }

    private static bool SameModel(Candidate candidate, string? resident) => resident is not null && ImageJob.ModelOf(candidate.AffinityKey) == ImageJob.ModelOf(resident);

    private static Candidate Candidate(string id, string tenant, double time, long rank, string affinity = "a", int passes = 0, int crashes = 0, string? shape = null) =>
        new(new JobId(id), new TenantId(tenant), time, rank, passes, crashes, affinity, shape ?? affinity);
}
