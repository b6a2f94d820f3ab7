using Gesso.Platform;
using Gesso.Platform.Jobs;

namespace Gesso.Testing.Platform;

/// <summary>The last progress of each job, in memory.</summary>
internal sealed class MemoryProgressBus(MemoryPlatform platform) : IProgressBus
{
    private readonly Dictionary<JobId, (JobProgress Progress, DateTimeOffset At)> _last = [];

    public Task PublishAsync(JobProgress progress, CancellationToken cancellation = default)
    {
        lock (platform.Lock)
        {
            var job = progress.Attempt.Job;
            if (_last.TryGetValue(job, out var last) && Order(last.Progress).CompareTo(Order(progress)) > 0)
                return Task.CompletedTask;
            _last[job] = (progress, platform.Time.GetUtcNow());
            platform.Signal.Change();
        }
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<JobProgress>> ReadAsync(IReadOnlyDictionary<JobId, (int Attempt, long Version)> after, CancellationToken cancellation = default)
    {
        lock (platform.Lock)
            return Task.FromResult<IReadOnlyList<JobProgress>>(
                [.. after.Where(a => _last.ContainsKey(a.Key)).Select(a => _last[a.Key].Progress).Where(p => Order(p) != after[p.Attempt.Job])]);
    }

    public Task RemoveAsync(IReadOnlyCollection<JobId> jobs, DateTimeOffset before, CancellationToken cancellation = default)
    {
        lock (platform.Lock)
        {
            foreach (var job in _last.Where(p => jobs.Contains(p.Key) || p.Value.At < before).Select(p => p.Key).ToList())
                _ = _last.Remove(job);
        }
        return Task.CompletedTask;
    }

    private static (int Attempt, long Version) Order(JobProgress progress) => (progress.Attempt.Number, progress.Version);
}
