namespace Gesso.Server.Workers;

/// <summary>How long to wait before the next start: 0 s, 1 s, 2 s … 30 s, from the beginning after a minute without one.</summary>
internal sealed class RestartPause(TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(1);

    private long? _last;
    private int _failures;

    /// <summary>The last start was a good one.</summary>
    public void Reset() => _last = null;

    public TimeSpan Next()
    {
        long now = time.GetTimestamp();
        _failures = _last is { } last && time.GetElapsedTime(last, now) < Calm ? _failures + 1 : 0;
        _last = now;
        return _failures == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, Math.Pow(2, Math.Min(_failures - 1, 10))));
    }
}
