using System.Runtime.CompilerServices;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Server.Errors;

namespace Gesso.Server.Jobs;

/// <summary>
/// Tells any number of watchers what becomes of their jobs. One loop reads the store for all of them when something changed, so a waiting request costs no
/// polling of its own; what this process did itself is announced and needs no reading at all.
/// </summary>
internal sealed partial class JobWatch(IJobStore store, IProgressBus progress, IChangeSignal signal, TimeProvider time, ILogger<JobWatch> logger) : BackgroundService
{
    /// <summary>Longest time without a look at the store, should a signal be missed.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    /// <summary>News within this time are read together: at thousands of jobs a second most of them are announced, and the rest can wait that long.</summary>
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(15);

    private static readonly TimeSpan s_afterFailure = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_places = TimeSpan.FromSeconds(1);

    /// <summary>A job without news for this long is looked up: it may have been deleted.</summary>
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<JobId, WatchedJob> _watched = [];
    private TaskCompletionSource _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Everything that happens to the job after an event, until its end; then the sequence ends.</summary>
    /// <param name="job">As just read; its tenant has been checked.</param>
    /// <param name="afterEvent">The last event the watcher has seen, 0 for all.</param>
    /// <param name="what">Besides events.</param>
    /// <param name="cancellation">Ends watching.</param>
    public async IAsyncEnumerable<JobNotice> WatchAsync(Job job, int afterEvent, WatchFor what, [EnumeratorCancellation] CancellationToken cancellation)
    {
        WatchPosition position = new(Math.Clamp(afterEvent, 0, job.LastEvent));
        var watched = Enter(job, position.Event, what);
        try
        {
            if (position.Event < watched.From)
                _ = watched.Add(await store.EventsAsync(new Dictionary<JobId, int> { [job.Id] = position.Event }, cancellation).ConfigureAwait(false), job);
            if (what.HasFlag(WatchFor.Place) && job.State == JobState.Queued)
                await ReadPlaceAsync(watched, cancellation).ConfigureAwait(false);
            List<JobNotice> notices = [];
            while (true)
            {
                notices.Clear();
                var changed = watched.Read(position, what, notices);
                foreach (var notice in notices)
                    yield return notice;
                if (position.AtEnd)
                    yield break;
                await changed.WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            Leave(watched, what);
        }
    }

    /// <summary>The job once it has reached its end.</summary>
    /// <exception cref="ApiException">404: it was deleted meanwhile.</exception>
    public async Task<Job> FinalAsync(Job job, CancellationToken cancellation)
    {
        if (job.State.IsFinal())
            return job;
        var watched = Enter(job, job.LastEvent, WatchFor.Events);
        try
        {
            while (true)
            {
                var changed = watched.Changed;
                if (watched.IsFinal)
                    return watched.Job;
                if (watched.IsGone)
                    throw ApiException.NotFound("Job", job.Id.Value);
                await changed.WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            Leave(watched, WatchFor.Events);
        }
    }

    /// <summary>News of this very process, known before the store is read. What is announced must be stored.</summary>
    public void Announce(Job job, IReadOnlyList<JobEvent> events)
    {
        WatchedJob? watched;
        lock (_lock)
        {
            if (!_watched.TryGetValue(job.Id, out watched))
                return;
        }
        _ = watched.Add(events, job);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(FollowAsync(stoppingToken), FollowPlacesAsync(stoppingToken));

    private async Task FollowAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            long version = signal.Version;
            try
            {
                var (any, arrival) = await LookAsync(stopping).ConfigureAwait(false);
                await Task.Delay(s_pace, stopping).ConfigureAwait(false);
                await WaitAsync(any, version, arrival, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // the store is away: watchers wait, and learn everything once it is back
                Log.LookFailed(logger, e.Message);
                await Task.Delay(s_afterFailure, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Until something changes or somebody comes.</summary>
    private async Task WaitAsync(bool any, long version, Task arrival, CancellationToken stopping)
    {
        if (!any)
        {
            await arrival.WaitAsync(stopping).ConfigureAwait(false);
            return;
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(signal.WaitAsync(version, s_longest, end.Token), arrival).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
    }

    /// <summary>Reads news of all watched jobs; says whether there are any, and what completes when a watcher comes that was not looked for.</summary>
    private async Task<(bool Any, Task Arrival)> LookAsync(CancellationToken cancellation)
    {
        Task arrival;
        Dictionary<JobId, int> events = [];
        Dictionary<JobId, (int Attempt, long Version)> advances = [];
        List<WatchedJob> quiet = [];
        long now = time.GetTimestamp();
        lock (_lock)
        {
            if (_arrival.Task.IsCompleted)
                _arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            arrival = _arrival.Task;
            foreach (var (id, watched) in _watched)
            {
                events.Add(id, watched.LastEvent);
                if (watched.WantsProgress)
                    advances.Add(id, watched.Progress is { } seen ? (seen.Attempt.Number, seen.Version) : (0, -1));
                if (time.GetElapsedTime(watched.Touched, now) > s_quiet)
                    quiet.Add(watched);
            }
        }
        if (events.Count == 0)
            return (false, arrival);
        foreach (var news in (await store.EventsAsync(events, cancellation).ConfigureAwait(false)).GroupBy(e => e.Job))
            await TellAsync(news.Key, [.. news], now, cancellation).ConfigureAwait(false);
        if (advances.Count > 0)
        {
            foreach (var advance in await progress.ReadAsync(advances, cancellation).ConfigureAwait(false))
                Find(advance.Attempt.Job)?.Add(advance);
        }
        foreach (var watched in quiet)
            await TellAsync(watched.Job.Id, [], now, cancellation).ConfigureAwait(false);
        return (true, arrival);
    }

    private async Task TellAsync(JobId id, IReadOnlyList<JobEvent> events, long now, CancellationToken cancellation)
    {
        if (Find(id) is not { } watched)
            return;
        watched.Touched = now;
        if (events.Count > 0 && watched.LastEvent >= events[^1].Sequence)
            return;                                                                         // announced meanwhile
        if (await store.FindAsync(null, id, cancellation).ConfigureAwait(false) is { } job)
            _ = watched.Add(events, job);
        else
            watched.End();
    }

    private async Task FollowPlacesAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(s_places, stopping).ConfigureAwait(false);
                List<WatchedJob> waiting;
                lock (_lock)
                    waiting = [.. _watched.Values.Where(w => w.WantsPlace && w.Job.State == JobState.Queued)];
                foreach (var watched in waiting)
                    await ReadPlaceAsync(watched, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.LookFailed(logger, e.Message);
            }
        }
    }

    private async Task ReadPlaceAsync(WatchedJob watched, CancellationToken cancellation)
    {
        if (await store.PlaceAsync(watched.Job.Id, cancellation).ConfigureAwait(false) is { } place)
            watched.Add(place);
    }

    private WatchedJob? Find(JobId id)
    {
        lock (_lock)
            return _watched.GetValueOrDefault(id);
    }

    private WatchedJob Enter(Job job, int from, WatchFor what)
    {
        lock (_lock)
        {
            if (!_watched.TryGetValue(job.Id, out var watched))
                _watched.Add(job.Id, watched = new WatchedJob(job, from) { Touched = time.GetTimestamp() });
            watched.Enter(what);
            _arrival.TrySetResult();
            return watched;
        }
    }

    private void Leave(WatchedJob watched, WatchFor what)
    {
        lock (_lock)
        {
            if (watched.Leave(what))
                _watched.Remove(watched.Job.Id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "News of jobs could not be read: {Reason}")]
        public static partial void LookFailed(ILogger logger, string reason);
    }
}
