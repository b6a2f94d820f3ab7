using Gesso.Platform.Jobs;

namespace Gesso.Server.Jobs;

/// <summary>Something a watcher of a job is told.</summary>
internal abstract record JobNotice;

/// <summary>A stored event; none is left out and none comes twice.</summary>
/// <param name="Event">What happened.</param>
/// <param name="Job">The job as it is now, which may be further than the event.</param>
internal sealed record JobHappened(JobEvent Event, Job Job) : JobNotice;

/// <summary>The latest progress; whoever reads slowly misses what was in between.</summary>
internal sealed record JobAdvanced(JobProgress Progress, Job Job) : JobNotice;

/// <summary>A place in the queue that changed.</summary>
internal sealed record JobPlaced(QueuePlace Place) : JobNotice;

/// <summary>What a watcher wants besides events.</summary>
[Flags]
internal enum WatchFor
{
    Events = 0,
    Progress = 1,
    Place = 2,
}
