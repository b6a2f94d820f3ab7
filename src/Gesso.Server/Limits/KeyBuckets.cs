using System.Collections.Concurrent;
using Gesso.Platform;

namespace Gesso.Server.Limits;

/// <summary>One bucket a key. Buckets that stand full are forgotten, so the number of keys ever seen costs nothing.</summary>
internal sealed class KeyBuckets(TimeProvider time)
{
    private static readonly TimeSpan Sweep = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(ApiKeyId Key, int PerMinute), TokenBucket> _buckets = new();
    private long _swept = time.GetTimestamp();

    public int Count => _buckets.Count;

    public BucketAnswer Take(ApiKeyId key, int perMinute, int units)
    {
        SweepSometimes();
        // a limit that was changed starts a bucket of its own
        return _buckets.GetOrAdd((key, perMinute), static (k, time) => new TokenBucket(k.PerMinute, time), time).Take(units);
    }

    private void SweepSometimes()
    {
        long swept = Volatile.Read(ref _swept);
        if (time.GetElapsedTime(swept) < Sweep || Interlocked.CompareExchange(ref _swept, time.GetTimestamp(), swept) != swept)
            return;
        foreach (var (key, bucket) in _buckets)
        {
            if (bucket.IsFull)
                _buckets.TryRemove(key, out _);
        }
    }
}
