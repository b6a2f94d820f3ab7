namespace Gesso.Server.Limits;

/// <summary>What a bucket answered.</summary>
/// <param name="Granted">Whether what was asked for was taken.</param>
/// <param name="Remaining">Whole units left.</param>
/// <param name="Reset">Until the bucket is full again.</param>
/// <param name="Wait">Until what was asked for will be there; zero when granted.</param>
internal readonly record struct BucketAnswer(bool Granted, long Remaining, TimeSpan Reset, TimeSpan Wait);

/// <summary>A minute's worth of units that flow back evenly, on the monotonic clock: a burst may use all at once, after that the rate holds.</summary>
/// <param name="perMinute">Size and rate.</param>
/// <param name="time">Its clock.</param>
internal sealed class TokenBucket(int perMinute, TimeProvider time)
{
    private readonly Lock _lock = new();
    private double _units = perMinute;
    private long _updated = time.GetTimestamp();

    private double PerSecond => perMinute / 60.0;

    /// <summary>Nothing was taken for so long that a new bucket would be the same.</summary>
    public bool IsFull
    {
        get
        {
            lock (_lock)
            {
                Refill();
                return _units >= perMinute;
            }
        }
    }

    /// <param name="units">All of them or none; more than a minute's worth is granted to a full bucket, which then owes the rest.</param>
    public BucketAnswer Take(int units)
    {
        lock (_lock)
        {
            Refill();
            double needed = Math.Min(units, perMinute);
            bool granted = _units >= needed;
            if (granted)
                _units -= units;
            var reset = TimeSpan.FromSeconds((perMinute - _units) / PerSecond);
            var wait = granted ? TimeSpan.Zero : TimeSpan.FromSeconds((needed - _units) / PerSecond);
            return new BucketAnswer(granted, (long)Math.Max(0, _units), reset, wait);
        }
    }

    private void Refill()
    {
        long now = time.GetTimestamp();
        _units = Math.Min(perMinute, _units + (time.GetElapsedTime(_updated, now).TotalSeconds * PerSecond));
        _updated = now;
    }
}
