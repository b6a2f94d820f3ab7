namespace Gesso.Platform.Tests;

public sealed class SteadyClockTests
{
    [Fact]
    public void Clock_begins_now_and_never_steps_back()
    {
        var clock = new SteadyClock();
        var system = TimeProvider.System.GetUtcNow();
        var last = clock.GetUtcNow();

        Assert.InRange(last - system, TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(5));
        for (int i = 0; i < 1000; i++)
        {
            var next = clock.GetUtcNow();
            Assert.True(next >= last);
            last = next;
        }
    }

    [Fact]
    public void Clock_goes_on_with_the_monotonic_one()
    {
        var clock = new SteadyClock();
        var (start, stamp) = (clock.GetUtcNow(), clock.GetTimestamp());
        SpinWait.SpinUntil(() => clock.GetElapsedTime(stamp) > TimeSpan.FromMilliseconds(20));

        var (elapsed, measured) = (clock.GetUtcNow() - start, clock.GetElapsedTime(stamp));

        Assert.InRange(elapsed, TimeSpan.FromMilliseconds(19), measured + TimeSpan.FromMilliseconds(1));
    }
}
