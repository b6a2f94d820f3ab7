using System.Collections.Concurrent;
using Gesso.Platform;

namespace Gesso.Server.Automatic1111;

/// <summary>
/// What this dialect keeps between requests and HTTP does not: the model a key chose, and the jobs it waits for. By key, so that nobody changes anybody else's;
/// in this process, so another server does not know it and answers with its defaults.
/// </summary>
internal sealed class SdSessions
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<ApiKeyId, SdSession> _sessions = new();

    public SdSession Of(ApiKeyId key)
    {
        if (_sessions.Count > Most)
        {
            foreach (var (id, _) in _sessions.Where(s => s.Value.IsIdle).Take(Most / 10))
                _sessions.TryRemove(id, out _);
        }
        return _sessions.GetOrAdd(key, _ => new SdSession());
    }
}

/// <summary>One key's state.</summary>
internal sealed class SdSession
{
    private readonly Lock _lock = new();
    private readonly List<JobId> _jobs = [];

    /// <summary>Null: the server's default.</summary>
    public string? Model { get; set; }

    public bool IsIdle => Current.Count == 0;

    /// <summary>Jobs being waited for, oldest first.</summary>
    public IReadOnlyList<JobId> Current
    {
        get
        {
            lock (_lock)
                return [.. _jobs];
        }
    }

    /// <summary>Counts the job as current while something runs.</summary>
    public async Task<T> WithAsync<T>(JobId job, Func<Task<T>> run)
    {
        lock (_lock)
            _jobs.Add(job);
        try
        {
            return await run().ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
                _jobs.Remove(job);
        }
    }
}
