using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Worker.Tests;

public sealed class JobAttendanceTests
{
    private static readonly TimeSpan Stall = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Nearly = TimeSpan.FromMinutes(9);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SomeRounds = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Device_that_finishes_no_step_ends_the_process_and_one_that_is_only_slow_does_not()
    {
        await using var bench = await WorkerBench.CreateAsync();
        FakeTimeProvider time = new();
        TaskCompletionSource ended = new(), drawing = new();
        var options = bench.Options() with { Stall = Stall, EndProcess = () => ended.TrySetResult() };
        ChangeBell bell = new();
        var attendance = new JobAttendance(options, bench.Stores, time, NullLogger.Instance).AttendAsync([], drawing.Task, bell, CancellationToken.None);

        time.Advance(Nearly);
        bell.Ring();
        time.Advance(Nearly);
        await Task.Delay(SomeRounds, TestContext.Current.CancellationToken);
        Assert.False(ended.Task.IsCompleted);

        time.Advance(2 * Stall);
        await ended.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

        drawing.SetResult();
        bell.Ring();
        await attendance.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }
}
