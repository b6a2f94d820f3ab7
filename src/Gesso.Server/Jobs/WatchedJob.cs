using Gesso.Platform.Jobs;

namespace Gesso.Server.Jobs;

/// <summary>
/// What is known of one job while somebody watches it, shared by all its watchers. Each of them holds a position in it and nothing else, so a slow reader costs
/// no memory: it finds the events it has not seen, which are few in any job's life, and the latest progress only.
/// </summary>
internal sealed class WatchedJob
{
    private readonly Lock _lock = new();
    private readonly List<JobEvent> _events = [];
    private TaskCompletionSource _changed = NewSignal();
    private int _progressWatchers;
    private int _placeWatchers;

    /// <param name="job">As just read or stored.</param>
    /// <param name="from">The first watcher has seen events up to this one.</param>
    public WatchedJob(Job job, int from)
    {
        Job = job;
        From = LastEvent = from;
    }

    /// <summary>The newest known state.</summary>
    public Job Job { get; private set; }

    /// <summary>Events are known from behind this one.</summary>
    public int From { get; private set; }

    /// <summary>Events are known up to this one.</summary>
    public int LastEvent { get; private set; }

    public JobProgress? Progress { get; private set; }

    public QueuePlace? Place { get; private set; }

    public int PlaceVersion { get; private set; }

    /// <summary>The job was deleted: nothing will come any more.</summary>
    public bool IsGone { get; private set; }

    /// <summary>When something came last, for the occasional look whether the job is still there.</summary>
    public long Touched { get; set; }

    public int Watchers { get; private set; }

    /// <summary>Completes with the next news; take it before looking at anything else here.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }

    public bool WantsProgress => Volatile.Read(ref _progressWatchers) > 0;

    public bool WantsPlace => Volatile.Read(ref _placeWatchers) > 0;

    public bool IsFinal => Job.State.IsFinal() && LastEvent >= Job.LastEvent;

    public void Enter(WatchFor what)
    {
        lock (_lock)
        {
            Watchers++;
            _progressWatchers += what.HasFlag(WatchFor.Progress) ? 1 : 0;
            _placeWatchers += what.HasFlag(WatchFor.Place) ? 1 : 0;
        }
    }

    /// <returns>True: nobody is left.</returns>
    public bool Leave(WatchFor what)
    {
        lock (_lock)
        {
            Watchers--;
            _progressWatchers -= what.HasFlag(WatchFor.Progress) ? 1 : 0;
            _placeWatchers -= what.HasFlag(WatchFor.Place) ? 1 : 0;
            return Watchers == 0;
        }
    }

    /// <summary>Adds events that are new, in front or behind, and the state after them. False: there is a gap, the store must be asked.</summary>
    public bool Add(IReadOnlyList<JobEvent> events, Job job)
    {
        lock (_lock)
        {
            if (events.Count > 0 && events[0].Sequence > LastEvent + 1)
                return false;
            bool added = false;
            List<JobEvent> earlier = [];
            foreach (var item in events)
            {
                if (item.Sequence <= From)
                {
                    earlier.Add(item);
                }
                else if (item.Sequence == LastEvent + 1)
                {
                    _events.Add(item);
                    LastEvent = item.Sequence;
                    added = true;
                }
            }
            if (earlier.Count > 0 && earlier[^1].Sequence == From)
            {
                _events.InsertRange(0, earlier);
                From = earlier[0].Sequence - 1;
                added = true;
            }
            if (job.LastEvent >= Job.LastEvent)
                Job = job;
            if (added)
                Signal();
            return true;
        }
    }

    public void Add(JobProgress progress)
    {
        lock (_lock)
        {
            if (Progress is { } known && (known.Attempt.Number, known.Version).CompareTo((progress.Attempt.Number, progress.Version)) >= 0)
                return;
            Progress = progress;
            Signal();
        }
    }

    public void Add(QueuePlace place)
    {
        lock (_lock)
        {
            if (Place == place)
                return;
            Place = place;
            PlaceVersion++;
            Signal();
        }
    }

    public void End()
    {
        lock (_lock)
        {
            IsGone = true;
            Signal();
        }
    }

    /// <summary>What has come since the position, which moves on; and what to wait for when that is nothing.</summary>
    public Task Read(WatchPosition position, WatchFor what, List<JobNotice> into)
    {
        lock (_lock)
        {
            for (int i = Math.Max(0, position.Event - From); i < _events.Count; i++)
                into.Add(new JobHappened(_events[i], Job));
            position.Event = Math.Max(position.Event, LastEvent);
            if (what.HasFlag(WatchFor.Place) && Place is { } place && position.Place != PlaceVersion && Job.State == JobState.Queued)
            {
                into.Add(new JobPlaced(place));
                position.Place = PlaceVersion;
            }
            // progress of an attempt that has ended would jump back
            bool isCurrent = Job.State == JobState.Running && Progress?.Attempt == Job.CurrentAttempt;
            if (what.HasFlag(WatchFor.Progress) && isCurrent && Progress is { } progress && position.Passed(progress))
                into.Add(new JobAdvanced(progress, Job));
            position.AtEnd = IsFinal || IsGone;
            return _changed.Task;
        }
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    // continuations run elsewhere: a watcher must not hold up whoever brings the news
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>How far one watcher has read.</summary>
internal sealed class WatchPosition(int lastEvent)
{
    private (int Attempt, long Version) _progress;

    public int Event { get; set; } = lastEvent;

    public int Place { get; set; }

    public bool AtEnd { get; set; }

    /// <summary>True once for each progress that is newer than the last.</summary>
    public bool Passed(JobProgress progress)
    {
        var version = (progress.Attempt.Number, progress.Version + 1);
        if (version.CompareTo(_progress) <= 0)
            return false;
        _progress = version;
        return true;
    }
}
