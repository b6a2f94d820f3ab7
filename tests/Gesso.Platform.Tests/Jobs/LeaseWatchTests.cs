using Gesso.Platform.Jobs;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Platform.Tests.Jobs;

public sealed class LeaseWatchTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private readonly FakeTimeProvider _time = new();
    private readonly LeaseWatch _watch;

    public LeaseWatchTests() => _watch = new LeaseWatch(_time, Lease);

    [Fact]
    public void Job_whose_beat_stands_still_for_a_lease_is_silent()
    {
        Assert.Empty(Look(Job(beat: 1)));
        Assert.Empty(Look(Job(beat: 1), after: Lease - TimeSpan.FromMilliseconds(1)));

        Assert.Equal(Job(beat: 1), Assert.Single(Look(Job(beat: 1), after: TimeSpan.FromMilliseconds(1))));
    }

    [Fact]
    public void Beat_or_attempt_or_worker_that_moves_begins_a_new_lease()
    {
        Assert.Empty(Look(Job(beat: 1)));
        Assert.Empty(Look(Job(beat: 2), after: TimeSpan.FromSeconds(14)));
        Assert.Empty(Look(Job(beat: 2) with { Attempt = new JobAttempt(new JobId("job_1"), 2) }, after: TimeSpan.FromSeconds(14)));
        Assert.Empty(Look(Job(beat: 2) with { Attempt = new JobAttempt(new JobId("job_1"), 2), Worker = new WorkerId("worker_2") }, after: TimeSpan.FromSeconds(14)));
    }

    [Fact]
    public void Job_that_was_gone_meanwhile_begins_anew()
    {
        Assert.Empty(Look(Job(beat: 1)));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(_watch.Look([]));

        Assert.Empty(Look(Job(beat: 1), after: TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Clock_that_is_set_by_an_hour_ends_no_lease_early_or_late(int hours)
    {
        var clock = new JumpingClock();
        var watch = new LeaseWatch(clock, Lease);
        Assert.Empty(watch.Look([Job(beat: 1)]));

        clock.Now += TimeSpan.FromHours(hours);
        clock.Elapsed += TimeSpan.FromSeconds(14);
        Assert.Empty(watch.Look([Job(beat: 1)]));

        clock.Elapsed += TimeSpan.FromSeconds(1);
        Assert.Single(watch.Look([Job(beat: 1)]));
    }

    [Fact]
    public void Silent_job_is_told_again_until_somebody_acts()
    {
        Assert.Empty(Look(Job(beat: 1)));
        Assert.Single(Look(Job(beat: 1), after: Lease));
        Assert.Single(Look(Job(beat: 1), after: TimeSpan.FromSeconds(1)));
    }

    private IReadOnlyList<RunningJob> Look(RunningJob job, TimeSpan after = default)
    {
        _time.Advance(after);
        return _watch.Look([job]);
    }

    private static RunningJob Job(long beat) => new(new JobAttempt(new JobId("job_1"), 1), new WorkerId("worker_1"), beat);

    /// <summary>A time of day that can be set, and a monotonic clock that cannot.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
