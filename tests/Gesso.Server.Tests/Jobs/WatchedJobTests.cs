using CsCheck;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Server.Jobs;

namespace Gesso.Server.Tests.Jobs;

public sealed class WatchedJobTests
{
    private const int Last = 8;
    private static readonly JobId s_id = new(JobId.Prefix + new string('0', 26));

    [Fact]
    public void Watcher_sees_each_event_once_in_whatever_pieces_news_come() =>
        Gen.Select(Gen.Int[0, Last].Array[1, 12], Gen.Int[0, Last].Array[1, 12], Gen.Int[0, Last - 1]).Sample(SeesEachOnce);

    private static bool SeesEachOnce(int[] starts, int[] lengths, int from)
    {
        WatchedJob watched = new(At(JobState.Running, from), from);
        WatchPosition position = new(from);
        List<int> seen = [];
        // pieces overlap, repeat and leave gaps; at the end everything is read once more
        foreach (var (start, length) in starts.Zip(lengths).Append((0, Last)))
        {
            int first = Math.Max(1, start), last = Math.Min(Last, start + length);
            if (first <= last && first > from)
                watched.Add(Events(first, last), At(last == Last ? JobState.Succeeded : JobState.Running, last));
            else if (last > from)
                watched.Add(Events(from + 1, last), At(last == Last ? JobState.Succeeded : JobState.Running, last));
            seen.AddRange(Read(watched, position));
        }

        return seen.SequenceEqual(Enumerable.Range(from + 1, Last - from)) && position.AtEnd;
    }

    [Fact]
    public void Gap_is_not_filled_by_guessing()
    {
        WatchedJob watched = new(At(JobState.Queued, 1), 1);

        Assert.False(watched.Add(Events(3, 4), At(JobState.Succeeded, 4)));
        Assert.Equal(1, watched.LastEvent);
        Assert.False(watched.IsFinal);
    }

    [Fact]
    public void Earlier_events_are_put_in_front_for_a_watcher_who_asks_for_them()
    {
        WatchedJob watched = new(At(JobState.Running, 3), 3);
        watched.Add(Events(4, 5), At(JobState.Running, 5));

        watched.Add(Events(1, 5), At(JobState.Running, 5));

        Assert.Equal([1, 2, 3, 4, 5], Read(watched, new WatchPosition(0)));
        Assert.Equal([4, 5], Read(watched, new WatchPosition(3)));
    }

    [Fact]
    public async Task News_wake_whoever_waits()
    {
        WatchedJob watched = new(At(JobState.Queued, 1), 1);
        var changed = watched.Changed;

        watched.Add(Events(2, 2), At(JobState.Running, 2));

        await changed.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(watched.Changed.IsCompleted);
    }

    [Fact]
    public void Slow_reader_finds_the_latest_progress_only()
    {
        WatchedJob watched = new(At(JobState.Running, 2), 2);
        foreach (int step in (int[])[1, 2, 5, 3])
            watched.Add(new JobProgress { Attempt = new JobAttempt(s_id, 1), Image = 0, Images = 1, Step = step, Steps = 9 });
        WatchPosition position = new(2);
        List<JobNotice> notices = [];

        watched.Read(position, WatchFor.Progress, notices);
        watched.Read(position, WatchFor.Progress, notices);

        Assert.Equal(5, Assert.IsType<JobAdvanced>(Assert.Single(notices)).Progress.Step);
    }

    [Fact]
    public void Progress_of_an_attempt_that_ended_is_not_shown()
    {
        WatchedJob watched = new(At(JobState.Running, 4) with { Attempt = 2 }, 4);
        watched.Add(new JobProgress { Attempt = new JobAttempt(s_id, 1), Image = 0, Images = 1, Step = 5, Steps = 9 });
        List<JobNotice> notices = [];

        watched.Read(new WatchPosition(4), WatchFor.Progress, notices);

        Assert.Empty(notices);
    }

    private static IEnumerable<int> Read(WatchedJob watched, WatchPosition position)
    {
        List<JobNotice> notices = [];
        watched.Read(position, WatchFor.Events, notices);
        return notices.Cast<JobHappened>().Select(n => n.Event.Sequence);
    }

    private static List<JobEvent> Events(int first, int last) =>
        [.. Enumerable.Range(first, last - first + 1).Select(i => new JobEvent(s_id, i, JobEventType.Picture, DateTimeOffset.UnixEpoch, 1, i))];

    private static Job At(JobState state, int lastEvent) => new()
    {
        Id = s_id,
        Tenant = TenantId.Default,
        Key = new ApiKeyId("key_x"),
        Work = new ImageJob { Model = "m", Prompt = "p", Seed = 0 },
        State = state,
        Priority = 0,
        Attempt = 1,
        Crashes = 0,
        Beat = 0,
        Created = DateTimeOffset.UnixEpoch,
        EstimatedSeconds = 1,
        DeviceSeconds = 0,
        LastEvent = lastEvent,
    };
}
